import Foundation
import Payments
import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

@Suite struct RotateSealKeyTests {
    @Test func `after a rotation everything opens, and nothing stands under the old key`()
        async throws
    {
        let keyed = try await KeyedBook.make()
        let before = try await keyed.history()
        let standing = try #require(await keyed.uses(of: 1))
        #expect(standing > 10)
        let rotation = try await keyed.rotate()
        #expect(rotation.key == 4 && rotation.changed == standing)
        #expect(!rotation.wasUnfinished && rotation.isPurged)
        #expect(rotation.json.text == "{\"key\":4,\"resealed\":\(standing)}")
        #expect(try await keyed.uses(of: 1) == 0)
        #expect(try await keyed.uses(of: 4) == standing)
        #expect(try await keyed.keys().map(\.state) == [.old, .current, .current, .current])
        #expect(try await keyed.faults() == [])
        #expect(try await keyed.history() == before)
    }

    @Test func `an erased answer stays erased`() async throws {
        let keyed = try await KeyedBook.make()
        let person = try await keyed.supporter("reader-0@example.org")
        _ = try await EraseSupporter.run(person.id, by: .staff, in: keyed.context)
        _ = try await keyed.rotate()
        await expectRefusal(.conflict, field: .idempotencyKey) {
            try await Registration.monthly {
                $0.person = PersonInput(email: "reader-0@example.org", name: "Reader 0")
                $0.source = "campaign 0"
                $0.idempotencyKey = "key-0"
            }.run(in: keyed.context.actingForReader)
        }
        #expect(try await keyed.faults() == [])
    }

    @Test func `notes about charges, processors' messages and tokens to be forgotten go with it`()
        async throws
    {
        let (keyed, processor) = try await KeyedBook.makeCharged()
        let tables = ["charges", "processor_events", "processor_removals"]
        for table in tables { #expect(try await keyed.sealKeys(in: table) == [1], "\(table)") }
        let versions = "SELECT id, version, updated_at FROM charges"
        let before = try await keyed.test.rows(versions).map { try $0.integer(1) }
        #expect(try await keyed.rotate().key == 4)
        for table in tables { #expect(try await keyed.sealKeys(in: table) == [4], "\(table)") }
        #expect(try await keyed.uses(of: 1) == 0)
        #expect(try await keyed.test.rows(versions).map { try $0.integer(1) } == before)
        // Each value opens for the verb that needs it.
        let charges = try await keyed.book.read {
            try $0.charges(state: nil, pledge: nil, after: "", limit: 10)
        }
        #expect(charges.map(\.note) == ["in cash"])
        let applied = try await ApplyProcessorEvents.run(
            through: Processors([processor]), in: keyed.context)
        #expect(applied.applied == 1 && applied.failed == 0)
        let summary = try await ReconcileCharges.run(
            through: Processors([processor]), in: keyed.context)
        #expect(summary.forgotten == 1 && processor.forgotten == ["tok_gone"])
        #expect(try await keyed.faults() == [])
    }

    @Test func `no former value is left in the files of the book`() async throws {
        let keyed = try await KeyedBook.make(people: 40)
        let former = try await keyed.test.rows("SELECT sealed FROM supporters").map {
            Data(try $0.blob(0))
        }
        #expect(try await keyed.rotate().isPurged)
        for path in [keyed.test.path, keyed.test.path + "-wal"]
        where FileManager.default.fileExists(atPath: path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(former.allSatisfy { bytes.range(of: $0) == nil }, "\(path)")
        }
    }

    @Test func `rotations follow each other`() async throws {
        let keyed = try await KeyedBook.make()
        for key in [4, 5, 6] as [UInt16] {
            let rotation = try await keyed.rotate()
            #expect(rotation.key == key && !rotation.wasUnfinished && rotation.changed > 0)
        }
        #expect(try await keyed.faults() == [])
    }

    @Test func `resuming without a rotation adds no key and changes nothing`() async throws {
        let keyed = try await KeyedBook.make()
        let rotation = try await keyed.rotate(onlyResumes: true)
        #expect(rotation.key == 1 && rotation.changed == 0 && !rotation.wasUnfinished)
        #expect(try await keyed.keys().count == 3)
    }

    // MARK: Others at work

    @Test func `a process that knows the old ring alone goes on reading and writing`()
        async throws
    {
        let keyed = try await KeyedBook.make(people: 20)
        let other = try keyed.otherProcess()
        let errors = Mutex<[String]>([])
        let driver = HookedDriver(keyed.test.database) { write in
            do {
                _ = try await AddSupporter.run(
                    PersonInput(email: "during-\(write)@example.org"), in: other.context)
                _ = try await other.supporter("reader-\(write)@example.org")
                _ = try await UpdateSupporter.run(
                    try await other.supporter("reader-1@example.org").id,
                    .init(name: "Name \(write)"), in: other.context)
            } catch {
                errors.withLock { $0.append("\(write): \(error)") }
            }
        }
        let rotation = try await keyed.otherProcess(through: driver).rotate()
        #expect(driver.count > 4)
        #expect(errors.withLock { $0 } == [])
        let last = "Name \(driver.count)"
        #expect(try await other.supporter("reader-1@example.org").contact?.name == last)
        _ = try await AddSupporter.run(PersonInput(email: "after@example.org"), in: other.context)
        #expect(try await keyed.uses(of: 1) == 0)
        #expect(other.book.keys.sealKeyID == rotation.key)
        for process in [keyed, other] { #expect(try await process.faults() == []) }
    }

    @Test func `two rotations at once end under one key`() async throws {
        let keyed = try await KeyedBook.make(people: 20)
        let other = try keyed.otherProcess()
        async let first = keyed.rotate()
        async let second = other.rotate()
        let keys = try await [first.key, second.key]
        let current = try #require(
            await keyed.keys().last { $0.purpose == .seal && $0.state == .current })
        #expect(keys.max() == current.id)
        for key in try await keyed.keys() where key.purpose == .seal && key.id != current.id {
            #expect(key.uses == 0 && key.state == .old)
        }
        #expect(try await keyed.faults() == [])
    }

    // MARK: Cut off

    @Test(arguments: 1...12)
    func `a rotation killed before any of its writes is gone on with`(write: Int) async throws {
        let keyed = try await KeyedBook.make()
        let driver = HookedDriver(keyed.test.database) { if $0 == write { throw Killed() } }
        do {
            _ = try await keyed.otherProcess(through: driver).rotate()
        } catch is Killed {
            #expect(try await keyed.faults() == [])
        }
        let next = try keyed.otherProcess()
        let rotation =
            try await write.isMultiple(of: 2)
            ? next.rotate(onlyResumes: true)
            : driver.count < write ? next.rotate(onlyResumes: true) : next.rotate()
        #expect(rotation.key == 4)
        #expect(rotation.wasUnfinished == (driver.count >= write))
        #expect(try await next.uses(of: 1) == 0)
        #expect(try await next.keys().count == 4)
        #expect(try await next.faults() == [])
    }

    @Test func `a key that was added before the book named it is the next one`() async throws {
        let keyed = try await KeyedBook.make()
        _ = try keyed.storage.key(.seal, newerThan: 1, at: keyed.test.now)
        #expect(try await keyed.keys().last?.state == .next)
        let refusal = await expectRefusal(.conflict) {
            try await DropKey.run(4, ring: keyed.storage, in: keyed.context)
        }
        #expect(refusal.contains("--resume"))
        let rotation = try await keyed.rotate()
        #expect(rotation.key == 4 && rotation.wasUnfinished)
        #expect(try await keyed.keys().count == 4)
    }

    @Test func `a value that does not open stops a rotation, which then goes on`() async throws {
        let keyed = try await KeyedBook.make()
        let former = try await keyed.test.rows(
            "SELECT max(id) FROM pledges WHERE sealed IS NOT NULL")[0].text(0)
        try keyed.test.tamper(
            """
            CREATE TABLE kept AS SELECT id, sealed FROM pledges WHERE id = '\(former)';
            UPDATE pledges SET sealed = CAST(sealed || x'00' AS BLOB) WHERE id = '\(former)'
            """)
        let refusal = await expectRefusal(.conflict) { try await keyed.rotate() }
        #expect(refusal.contains("in pledges") && refusal.contains("doctor"))
        try keyed.test.tamper(
            """
            UPDATE pledges SET sealed = (SELECT sealed FROM kept) WHERE id = '\(former)';
            DROP TABLE kept
            """)
        #expect(try await keyed.rotate(onlyResumes: true).wasUnfinished)
        #expect(try await keyed.faults() == [])
    }

    @Test func `a held copy of the book is not rotated`() async throws {
        let keyed = try await KeyedBook.make()
        let copy = try await keyed.test.copy()
        _ = try await SendReminders.run(limit: nil, isDryRun: false, in: keyed.context)
        let held = try KeyedBook(copy, keyed.storage)
        await expectRefusal(.notPermitted) { try await held.rotate() }
        await expectRefusal(.notPermitted) { try await held.rotateHashes() }
        await expectRefusal(.notPermitted) {
            try await DropKey.run(1, ring: held.storage, in: held.context)
        }
        #expect(try keyed.storage.open().entries.count == 3)
    }

    @Test func `an older copy of the ring says what it lacks`() async throws {
        let keyed = try await KeyedBook.make()
        let former = keyed.test.book
        _ = try await keyed.rotate()
        await #expect(throws: KeyRingError.lacksKey(4)) {
            try await MigrateBook.checkCurrent(former)
        }
        await #expect(throws: KeyRingError.lacksKey(4)) {
            try await MigrateBook.checkRing(of: former)
        }
        try await MigrateBook.checkRing(of: keyed.otherProcess().book)
    }

    @Test func `a newly opened book seals under the present key`() async throws {
        let keyed = try await KeyedBook.make()
        _ = try await keyed.rotate()
        let next = try keyed.otherProcess()
        #expect(next.book.keys.sealKeyID == 1)
        try await MigrateBook.checkCurrent(next.book)
        #expect(next.book.keys.sealKeyID == 4)
    }
}
