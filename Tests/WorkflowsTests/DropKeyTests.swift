import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct DropKeyTests {
    @Test func `a key goes when nothing stands under it, and the book stays sound`() async throws {
        let keyed = try await KeyedBook.make()
        await expectRefusal(.conflict) {
            try await DropKey.run(1, ring: keyed.storage, in: keyed.context)
        }
        _ = try await keyed.rotate()
        try await DropKey.run(1, ring: keyed.storage, in: keyed.context)
        #expect(try await keyed.keys().map(\.id) == [2, 3, 4])
        let next = try keyed.otherProcess()
        #expect(try await next.faults() == [])
        _ = try await AddSupporter.run(PersonInput(email: "new@example.org"), in: next.context)
        #expect(try await keyed.faults() == [])
        await expectRefusal(.notFound) {
            try await DropKey.run(1, ring: keyed.storage, in: keyed.context)
        }
        await expectRefusal(.conflict) {
            try await DropKey.run(3, ring: keyed.storage, in: keyed.context)
        }
    }

    @Test func `a key in use is kept, and the refusal says where it is used`() async throws {
        let keyed = try await KeyedBook.make()
        let driver = HookedDriver(keyed.test.database) { if $0 == 3 { throw Killed() } }
        await #expect(throws: Killed.self) {
            try await keyed.otherProcess(through: driver).rotate()
        }
        let refusal = await expectRefusal(.conflict) {
            try await DropKey.run(1, ring: keyed.storage, in: keyed.context)
        }
        #expect(refusal.contains("in supporters") && refusal.contains("in pledges"))
        #expect(try await keyed.keys().count == 4)
    }

    @Test(arguments: ["charges", "processor_events", "processor_removals"])
    func `a key that seals any of these tables is not dropped`(table: String) async throws {
        let (keyed, _) = try await KeyedBook.makeCharged()
        // Everything is sealed anew except this table: its values are put back as they were.
        try keyed.test.tamper("CREATE TABLE kept AS SELECT id, sealed FROM \(table)")
        _ = try await keyed.rotate()
        try keyed.test.tamper(
            """
            UPDATE \(table) SET sealed = (SELECT sealed FROM kept WHERE kept.id = \(table).id);
            DROP TABLE kept
            """)
        #expect(try await keyed.uses(of: 1) == 1)
        let refusal = await expectRefusal(.conflict) {
            try await DropKey.run(1, ring: keyed.storage, in: keyed.context)
        }
        #expect(refusal.contains("in \(table)"))
        #expect(try await keyed.rotate(onlyResumes: true).changed == 1)
        #expect(try await keyed.sealKeys(in: table) == [4])
    }

    @Test func `a hash key is dropped when its hashes are gone`() async throws {
        let test = try await TestBook()
        try await test.plant()
        let keyed = try KeyedBook(test, KeyedBook.store(test))
        try await SuppressAddress.run("nobody@example.org", .all, .staff, in: keyed.context)
        _ = try await keyed.rotateHashes()
        let refusal = await expectRefusal(.conflict) {
            try await DropKey.run(2, ring: keyed.storage, in: keyed.context)
        }
        #expect(refusal.contains("1 in suppressions"))
        _ = try await LiftSuppression.run("nobody@example.org", in: keyed.context)
        try await DropKey.run(2, ring: keyed.storage, in: keyed.context)
        let next = try keyed.otherProcess()
        _ = try await next.supporter("reader@example.org")
        #expect(try await next.faults() == [])
    }
}
