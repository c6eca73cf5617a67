import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct SealEventsTests {
    private func seals(_ test: TestBook) async throws -> [AuditSeal] {
        try await test.book.read { try $0.auditSeals(after: 0, through: .max, limit: 1_000) }
    }

    @Test func `each event gets its place, in the order of the ids`() async throws {
        let test = try await TestBook()
        try await test.plant()
        let summary = try await test.seal()
        #expect(summary.sealed == 3 && summary.position == 3)
        let events = try await test.events().map(\.id)
        let entries = try await test.book.read { try $0.auditEntries(after: 0, limit: 10) }
        #expect(entries.map(\.entry.position) == [1, 2, 3])
        #expect(entries.compactMap(\.entry.eventID) == events)
        #expect(entries.compactMap(\.eventPosition) == [1, 2, 3])
        #expect(Set(entries.compactMap(\.entry.salt)).count == 3)
        #expect(try await seals(test).map(\.head) == [summary.head])
        try await expectSound(test)
    }

    @Test func `the chain goes on where it ended, and nothing is sealed twice`() async throws {
        let test = try await TestBook()
        let first = try await test.seal()
        #expect(first.sealed == 0 && first.position == 0 && first.head == AuditChain.start)
        try await test.addEvents(2)
        let second = try await test.seal()
        let idle = try await test.seal()
        #expect(idle.sealed == 0 && idle.position == 2 && idle.head == second.head)
        try await test.addEvents(1)
        let third = try await test.seal()
        #expect(third.sealed == 1 && third.position == 3 && third.head != second.head)
        #expect(try await seals(test).map(\.position) == [2, 3])
        #expect(try await test.findings() == [])
    }

    @Test func `a seal's time says up to when every event is sealed`() async throws {
        let test = try await TestBook()
        try await test.addEvents(501)
        let made = test.now
        test.now = made.adding(hours: 5)
        #expect(try await test.seal().sealed == 501)
        // One event waited behind the first batch.
        #expect(try await seals(test).map(\.position) == [500, 501])
        #expect(try await seals(test).map(\.at) == [made, test.now])
    }

    @Test(arguments: [499, 500, 501, 1_000])
    func `a batch of any size is sealed whole`(count: Int) async throws {
        let test = try await TestBook()
        try await test.addEvents(count)
        let summary = try await test.seal()
        #expect(summary.sealed == count && summary.position == Int64(count))
        #expect(try await SealEvents.waiting(in: test.context()) == 0)
        let (findings, totals) = try await test.verify()
        #expect(findings == [])
        #expect(totals.entries == count && totals.head == summary.head)
    }

    @Test func `two runs at once seal each event once`() async throws {
        let test = try await TestBook()
        try await test.addEvents(1_200)
        async let one = test.seal()
        async let other = test.seal()
        let sealed = try await [one.sealed, other.sealed]
        #expect(sealed.reduce(0, +) == 1_200)
        #expect(try await test.findings() == [])
        #expect(try await test.verify().totals.entries == 1_200)
    }

    @Test func `counting what waits changes nothing`() async throws {
        let test = try await TestBook()
        try await test.addEvents(7)
        #expect(try await SealEvents.waiting(in: test.context()) == 7)
        #expect(try await SealEvents.waiting(in: test.context()) == 7)
        #expect(try await seals(test) == [])
    }

    @Test func `a chain that does not end with its last seal is not continued`() async throws {
        let test = try await TestBook()
        try await test.addEvents(2)
        try await test.seal()
        try test.tamper("DELETE FROM audit_seals")
        try await test.addEvents(1)
        let message = await expectRefusal(.conflict) { try await test.seal() }
        #expect(message.contains("mainstay audit verify"))
    }

    @Test func `before anything is sealed there is no head`() async throws {
        let test = try await TestBook()
        try await test.addEvents(1)
        let message = await expectRefusal(.conflict) {
            try await BrowseBook.auditHead(in: test.context())
        }
        #expect(message == "nothing is sealed yet; run 'mainstay run seal'")
    }
}
