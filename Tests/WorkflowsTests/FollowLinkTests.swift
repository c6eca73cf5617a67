import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct FollowLinkTests {
    /// A request for a recurring reminder whose mail has arrived, and the token in that mail.
    private func asked() async throws -> (test: TestBook, reminder: Reminder, token: String) {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1))
        let token = try #require(await test.post().first?.token(of: "confirm"))
        return (test, reminder, token)
    }

    @Test func `the click confirms the reminder and the address`() async throws {
        let (test, reminder, token) = try await asked()
        test.now = test.now.adding(hours: 1)
        try await test.follow(token, .confirm)
        #expect(try await test.reminder(reminder.id).confirmedAt == test.now)
        #expect(try await test.supporters().map(\.confirmedAt) == [test.now])
        #expect(try await test.history(of: reminder.id.text).count == 2)
        try await expectSound(test)
    }

    @Test func `clicking again changes nothing`() async throws {
        let (test, _, token) = try await asked()
        try await test.follow(token, .confirm)
        let events = try await test.events().count
        test.now = test.now.adding(hours: 1)
        try await test.follow(token, .confirm)
        #expect(try await test.events().count == events)
        try await expectSound(test)
    }

    @Test func `a mail's link works for a year after sending`() async throws {
        let (test, _, token) = try await asked()
        test.now = Instant.noon.adding(days: Settings.linkDays)
        await #expect(throws: Problem.self) { try await test.follow(token, .unsubscribe) }
        test.now = test.now.adding(seconds: -1)
        try await test.follow(token, .unsubscribe)
        #expect(try await test.suppressions().count == 1)
    }

    @Test(arguments: ["", "nonsense", String(repeating: "A", count: 32), "'; DROP TABLE events"])
    func `an unknown token is refused`(token: String) async throws {
        let (test, reminder, _) = try await asked()
        for wish in FollowLink.Wish.allCases {
            let problem = await #expect(throws: Problem.self) {
                try await test.follow(token, wish)
            }
            #expect(problem?.kind == .notFound)
        }
        #expect(try await test.reminders() == [reminder])
    }

    @Test func `another book's token is refused`() async throws {
        let (test, reminder, _) = try await asked()
        let (_, _, foreign) = try await asked()
        await #expect(throws: Problem.self) { try await test.follow(foreign, .confirm) }
        #expect(try await test.reminders() == [reminder])
    }

    // MARK: Opting out

    @Test func `opting out ends what is open, and is for good`() async throws {
        let (test, recurring, token) = try await asked()
        let once = try await test.ask(.week)
        try await test.follow(token, .unsubscribe)
        #expect(try await test.reminder(recurring.id).state == .cancelled)
        #expect(try await test.reminder(once.id).state == .cancelled)
        #expect(try await test.history(of: once.id.text).last == "reminder.cancelled")

        let problem = await #expect(throws: Problem.self) { try await test.ask(.months(6)) }
        #expect(problem?.kind == .notPermitted)
        let lifting = await #expect(throws: Problem.self) {
            try await LiftSuppression.run("reader@example.org", in: test.context())
        }
        #expect(lifting?.kind == .notPermitted)
        test.now = test.now.adding(days: 3_650)
        await #expect(throws: Problem.self) { try await test.ask(.week) }
        try await expectSound(test)
    }

    @Test func `opting out again changes nothing`() async throws {
        let (test, _, token) = try await asked()
        try await test.follow(token, .unsubscribe)
        let events = try await test.events().count
        try await test.follow(token, .unsubscribe)
        #expect(try await test.events().count == events)
        #expect(try await test.suppressions().map(\.reason) == [.optOut])
    }

    @Test func `an opt-out stops the mail that waits already`() async throws {
        let (test, _, token) = try await asked()
        let once = try await test.ask(.week)
        test.now = once.dueAt
        _ = try await test.sendReminders()
        try await test.follow(token, .unsubscribe)
        #expect(try await test.post().isEmpty)
        #expect(try await test.reminder(once.id).state == .skipped)
        try await expectSound(test)
    }

    @Test(arguments: [nil, SuppressionReason.bounce, .complaint, .staff])
    func `wanting mail again lifts only the reader's own opt-out`(
        other: SuppressionReason?
    ) async throws {
        let (test, _, token) = try await asked()
        if let other {
            try await SuppressAddress.run("reader@example.org", .all, other, in: test.context())
        }
        try await test.follow(token, .unsubscribe)
        try await test.follow(token, .subscribe)
        #expect(try await test.suppressions().map(\.reason) == (other.map { [$0] } ?? []))
        if other == nil { try await test.ask(.week) }
        try await expectSound(test)
    }

    // MARK: A former address

    @Test func `a link to a former address confirms nothing`() async throws {
        let (test, reminder, token) = try await asked()
        _ = try await UpdateSupporter.run(
            reminder.supporterID, .init(email: "new@example.org"), in: test.context())
        let problem = await #expect(throws: Problem.self) {
            try await test.follow(token, .confirm)
        }
        #expect(problem?.kind == .conflict)
        #expect(try await test.reminder(reminder.id).confirmedAt == nil)
        #expect(try await test.supporters().map(\.confirmedAt) == [nil])
        try await expectSound(test)
    }

    @Test func `the notice to a former address confirms nothing either`() async throws {
        let test = try await TestBook()
        let person = try await test.plant { $0.hasPledge = false }.supporter
        _ = try await UpdateSupporter.run(
            person.id, .init(email: "new@example.org"), in: test.context())
        let notice = try #require(await test.post().first)
        #expect(notice.headers["to"] == "reader@example.org")
        let token = try #require(notice.token(of: "manage"))
        let problem = await #expect(throws: Problem.self) {
            try await test.follow(token, .confirm)
        }
        #expect(problem?.kind == .conflict)
        #expect(try await test.supporters().map(\.confirmedAt) == [nil])
    }

    @Test func `an opt-out from a former address stops that address alone`() async throws {
        let (test, reminder, token) = try await asked()
        _ = try await UpdateSupporter.run(
            reminder.supporterID, .init(email: "new@example.org"), in: test.context())
        try await test.follow(token, .unsubscribe)
        #expect(try await test.reminder(reminder.id).state == .scheduled)
        await #expect(throws: Problem.self) { try await test.ask(.week) }
        try await test.ask(.week, email: "new@example.org")
        try await expectSound(test)
    }
}
