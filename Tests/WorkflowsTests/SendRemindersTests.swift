import Mail
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct SendRemindersTests {
    @Test func `a reminder goes out when it is due and not before`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt.adding(seconds: -1)
        #expect(try await test.sendReminders().claimed == 0)
        test.now = reminder.dueAt
        #expect(try await test.sendReminders().queued == 1)
        #expect(try await test.reminder(reminder.id).state == .queued)
        #expect(try await test.mails() == ["support queued"])
        #expect(
            try await test.history(of: reminder.id.text) == [
                "reminder.scheduled", "reminder.queued",
            ])
        try await expectSound(test)
    }

    @Test func `run twice, nothing changes`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        let events = try await test.events().count
        let again = try await test.sendReminders()
        #expect(again.claimed == 0 && again.waiting == 0)
        #expect(try await test.events().count == events)
        #expect(try await test.mails() == ["support queued"])
    }

    @Test func `two runs at once make one mail for each reminder`() async throws {
        let test = try await TestBook()
        for number in 1...30 { try await test.ask(.week, email: "r\(number)@example.org") }
        test.now = test.now.adding(days: 8)
        async let first = test.sendReminders()
        async let second = test.sendReminders()
        let queued = try await (first.queued, second.queued)
        #expect(queued.0 + queued.1 == 30)

        let transport = RecordingTransport { _ in .accepted }
        async let one = test.deliver(through: transport)
        async let other = test.deliver(through: transport)
        let sent = try await (one.sent, other.sent)
        #expect(sent.0 + sent.1 == 30)
        #expect(transport.mails.count == 30)
        #expect(Set(transport.mails.map(\.envelopeTo)).count == 30)
        try await expectSound(test)
    }

    @Test func `a dry run tells the same and keeps nothing`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        try await test.plant {
            $0.email = "giver@example.org"
            $0.interval = .year
            $0.nextChargeOn = "2026-12-01"
        }
        test.now = reminder.dueAt
        let events = try await test.events().count
        let rehearsed = try await test.sendReminders(isDryRun: true)
        #expect(rehearsed.queued == 2)
        #expect(try await test.mails().isEmpty)
        #expect(try await test.events().count == events)
        #expect(try await test.sendReminders() == rehearsed)
    }

    @Test func `a limit leaves the rest for the next run`() async throws {
        let test = try await TestBook()
        for number in 1...3 { try await test.ask(.week, email: "r\(number)@example.org") }
        test.now = test.now.adding(days: 8)
        #expect(try await test.sendReminders(limit: 2).claimed == 2)
        #expect(try await test.sendReminders(limit: 2).claimed == 1)
    }

    @Test func `no support mail without legal name and postal address`() async throws {
        let test = try await TestBook(newsroom: Newsroom(name: "The Daily Test"))
        let reminder = try await test.ask(.week)
        try await test.plant {
            $0.email = "giver@example.org"
            $0.interval = .year
            $0.nextChargeOn = "2026-12-01"
        }
        test.now = reminder.dueAt
        for change in [
            SetNewsroom.Changes(), SetNewsroom.Changes(legalName: "Daily Test gGmbH"),
        ] {
            _ = try await SetNewsroom.run(change, in: test.context())
            let summary = try await test.sendReminders()
            #expect(summary.waiting == 1)
            #expect(summary.skipped == 0)
            #expect(try await test.mails() == ["upcomingCharge queued"])
        }
        _ = try await SetNewsroom.run(.init(postalAddress: "Teststr. 1"), in: test.context())
        let summary = try await test.sendReminders()
        #expect(summary.queued == 1)
        #expect(summary.waiting == 0)
        try await expectSound(test)
    }

    // MARK: The hour

    private static let hours = [
        ("Europe/Berlin", "2026-10-24", "2026-10-24T08:00:00Z"),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T09:00:00Z"),
        ("Europe/Berlin", "2027-03-27", "2027-03-27T09:00:00Z"),
        ("Europe/Berlin", "2027-03-28", "2027-03-28T08:00:00Z"),
        ("America/New_York", "2026-10-31", "2026-10-31T14:00:00Z"),
        ("America/New_York", "2026-11-01", "2026-11-01T15:00:00Z"),
        ("Asia/Kolkata", "2026-11-01", "2026-11-01T04:30:00Z"),
        (nil, "2026-11-01", "2026-11-01T01:00:00Z"),
    ]

    @Test(arguments: hours)
    func `it is ten o'clock where the reader is, else where the newsroom is`(
        zone: String?, date: String, expected: String
    ) async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = "Asia/Tokyo"
        let start = try #require(Instant(rfc3339: "2026-09-01T12:00:00Z"))
        let test = try await TestBook(newsroom: newsroom, now: start)
        let due = try #require(Instant(rfc3339: expected))
        let reminder = try await test.ask(.on(#require(CivilDate(date))), timeZone: zone)
        #expect(reminder.dueAt == due)
        test.now = due.adding(seconds: -1)
        #expect(try await test.sendReminders().queued == 0)
        test.now = due
        #expect(try await test.sendReminders().queued == 1)
    }
}
