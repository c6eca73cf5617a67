import OpenSSL
import Pledging
import Store
import TestSupport
import Testing

/// Every change is one event and one version. A repeated or outdated change is refused.
@Suite struct VersionTests {
    private let test: TestBook
    private let planted: Planted

    init() async throws {
        test = try await TestBook()
        planted = try await test.plant()
    }

    @Test func `a second event of the same version is refused, with all that came with it`()
        async throws
    {
        let subject = planted.supporter.id.text
        let ids = IDSource(random: RandomSource())
        let events = try [Int64(2), 1].map { sequence in
            Event(
                id: try ids.next(at: .noon), type: .supporterUpdated, subjectID: subject,
                sequence: sequence, at: .noon, actor: .reader, data: [:])
        }
        let error = await #expect(throws: DriverError.self) {
            try await test.book.write { try $0.append(events) }
        }
        guard case .constraint = error else {
            Issue.record("refused by something else: \(String(describing: error))")
            return
        }
        #expect(try await test.history(of: subject) == ["supporter.created"])
    }

    @Test(arguments: [Int64(1), 3, 0, .max])
    func `a version that does not follow the stored one is stale`(version: Int64) async throws {
        var supporter = planted.supporter
        var method = try #require(planted.method)
        var pledge = try #require(planted.pledge)
        supporter.version = version
        method.version = version
        pledge.version = version
        let updates: [(id: String, run: @Sendable (Transaction) throws -> Void)] = [
            (supporter.id.text, { [supporter] in try $0.update(supporter, at: .noon) }),
            (method.id.text, { [method] in try $0.update(method, at: .noon) }),
            (pledge.id.text, { [pledge] in try $0.update(pledge, at: .noon) }),
        ]
        for update in updates {
            let error = await #expect(throws: StaleVersion.self) {
                try await test.book.write(update.run)
            }
            #expect(error?.id == update.id)
        }
    }

    @Test func `what a charge counted meanwhile is not written over`() async throws {
        let pledge = try #require(planted.pledge)
        _ = try await test.book.write { try $0.advance(pledge, by: 1, at: .noon) }
        let advanced = try await test.book.read { try $0.pledge(pledge.id) }
        #expect(advanced?.nextPeriod == pledge.nextPeriod + 1)
        var changed = pledge
        changed.version += 1
        let update: @Sendable (Transaction) throws -> Void = { [changed] in
            try $0.update(changed, at: .noon)
        }
        await #expect(throws: StaleVersion.self) { try await test.book.write(update) }
        let stored = try await test.book.read { try $0.pledge(pledge.id) }
        #expect(stored == advanced)
    }

    @Test func `a reminder's stale version is refused, or left out of a batch`() async throws {
        let reminder = try reminder()
        try await test.book.write { try $0.insert(reminder) }
        await #expect(throws: StaleVersion.self) {
            try await test.book.write { try $0.update(reminder, at: .noon) }
        }
        var moved = reminder
        moved.state = .cancelled
        #expect(try await settle(moved).isEmpty)
        moved.version = 2
        #expect(try await settle(moved) == [reminder.id])
        // It is no longer scheduled.
        moved.version = 3
        #expect(try await settle(moved).isEmpty)
    }

    @Test func `a reminder promised twice is stored once`() async throws {
        let first = try reminder()
        let second = Reminder(
            id: try IDSource(random: RandomSource()).next(at: .noon),
            supporterID: first.supporterID, kind: first.kind, subjectID: first.subjectID,
            period: first.period, dueOn: first.dueOn, dueAt: first.dueAt, createdAt: .noon)
        let inserted = try await test.book.write { transaction in
            [try transaction.insertNew([first, second]), try transaction.insertNew([second])]
        }
        #expect(inserted == [[first.id], []])
    }

    @Test func `the actor can be read only with the ring`() async throws {
        let event = Event(
            id: try IDSource(random: RandomSource()).next(at: .noon), type: .supporterUpdated,
            subjectID: planted.supporter.id.text, sequence: 2, at: .noon,
            actor: .cli(user: "marina"), data: [:])
        try await test.book.write { try $0.append([event]) }
        let stored = try #require(try await test.events().first { $0.sequence == 2 })
        #expect(stored.person == "marina")
        #expect(stored.actor == "cli")
        #expect(!stored.body.contains("marina"))
    }

    private func settle(_ reminder: Reminder) async throws -> Set<ID<Reminder>> {
        try await test.book.write { try $0.settle([reminder], at: .noon) }
    }

    private func reminder() throws -> Reminder {
        Reminder(
            id: try IDSource(random: RandomSource()).next(at: .noon),
            supporterID: planted.supporter.id, kind: .methodExpiring,
            subjectID: planted.supporter.id.text, period: "2026-12/7",
            dueOn: Instant.noon.utcDate, dueAt: .noon, createdAt: .noon)
    }
}
