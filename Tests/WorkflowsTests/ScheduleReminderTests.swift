import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct ScheduleReminderTests {
    private static let choices: [(String, ReminderChoice, String)] = [
        ("2026-11-19", .nextMonth, "2026-12-19"), ("2026-11-20", .nextMonth, "2027-01-20"),
        ("2026-11-22", .week, "2026-11-29"), ("2026-07-31", .months(1), "2026-08-31"),
        ("2026-08-31", .months(1), "2026-09-30"), ("2026-08-31", .months(6), "2027-02-28"),
        ("2026-07-31", .every(months: 3), "2026-10-31"),
    ]

    @Test(arguments: choices)
    func `the day of a reminder follows from the day of asking`(
        today: String, choice: ReminderChoice, expected: String
    ) async throws {
        let test = try await TestBook(now: #require(Instant(rfc3339: "\(today)T12:00:00Z")))
        let reminder = try await test.ask(choice)
        #expect(reminder.dueOn == CivilDate(expected))
        #expect(reminder.dueAt == Instant(rfc3339: "\(expected)T10:00:00Z"))
        #expect(try await test.reminder(reminder.id) == reminder)
        try await expectSound(test)
    }

    @Test func `today is the reader's own day`() async throws {
        let test = try await TestBook(now: #require(Instant(rfc3339: "2026-11-19T12:00:00Z")))
        let reminder = try await test.ask(.nextMonth, timeZone: "Pacific/Kiritimati")
        #expect(reminder.dueOn == CivilDate("2027-01-20"))
    }

    @Test func `a request keeps time, door and wording of the consent`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        #expect(
            try await test.reminder(reminder.id).consent
                == Reminder.Consent(at: .noon, door: "page", wording: "2026-11"))
    }

    @Test(arguments: ["Jane Doe", "r@example.org", "/?q=jane", "Яна", "a,b"])
    func `the readable columns of a request hold labels, not free text`(
        _ text: String
    ) async throws {
        let test = try await TestBook()
        let wrong: [(String, String, Problem.Field)] = [
            (text, "1", .door), ("page", text, .wording),
        ]
        for (door, wording, field) in wrong {
            await expectRefusal(.invalid, field: field) {
                _ = try await ScheduleReminder.run(
                    .init(
                        person: PersonInput(email: "reader@example.org"), choice: .week, door: door,
                        wording: wording), in: test.context())
            }
        }
        #expect(try await test.supporters().isEmpty)
    }

    @Test(arguments: [
        (ReminderChoice.months(2), Problem.Field.remindIn), (.months(0), .remindIn),
        (.every(months: 2), .remindEvery), (.every(months: -1), .remindEvery),
    ])
    func `a frequency that is not offered is refused`(
        choice: ReminderChoice, field: Problem.Field
    ) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: field) { try await test.ask(choice) }
        #expect(try await test.supporters().isEmpty)
    }

    @Test(arguments: ["2026-11-22", "2026-11-21", "2027-12-23"])
    func `a day that is past or too far is refused`(day: String) async throws {
        let test = try await TestBook()
        let date = try #require(CivilDate(day))
        await expectRefusal(.invalid, field: .remindOn) { try await test.ask(.on(date)) }
        #expect(try await test.supporters().isEmpty)
    }

    @Test(arguments: ["4242 4242 4242 4242", "nobody", "", "a@b@c", "r@example.org\r\nBcc: x@y.z"])
    func `a malformed address is refused`(email: String) async throws {
        let test = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await test.ask(.week, email: email)
        }
        #expect(problem?.kind == .invalid && problem?.field == .email)
    }

    // MARK: Asking again

    @Test func `asking again in the same month moves an unconfirmed request`() async throws {
        let test = try await TestBook()
        let first = try await test.ask(.on(#require(CivilDate("2026-12-05"))))
        let again = try await test.ask(.on(#require(CivilDate("2026-12-20"))))
        #expect(again.id == first.id)
        #expect(again.dueOn == CivilDate("2026-12-20"))
        #expect(try await test.reminders() == [again])
        try await expectSound(test)
    }

    @Test func `asking the same twice is asking once`() async throws {
        let test = try await TestBook()
        let first = try await test.ask(.week)
        let events = try await test.events().count
        #expect(try await test.ask(.week) == first)
        #expect(try await test.events().count == events)
    }

    @Test func `a confirmed request is not altered by asking again`() async throws {
        let test = try await TestBook()
        _ = try await test.ask(.every(months: 1))
        let mails = try await test.post()
        try await test.follow(#require(mails[0].token(of: "confirm")), .confirm)
        let confirmed = try await test.reminders()
        _ = try await test.ask(.every(months: 12))
        #expect(try await test.reminders() == confirmed)
        try await expectSound(test)
    }

    @Test func `one recurring request is open at a time, and new terms ask for a new click`()
        async throws
    {
        let test = try await TestBook()
        let first = try await test.ask(.every(months: 1))
        let again = try await test.ask(.every(months: 6))
        #expect(again.id == first.id)
        #expect(again.series?.everyMonths == 6)
        #expect(try await test.ask(.every(months: 6)) == again)
        #expect(
            try await test.mails() == ["confirmReminder queued", "confirmReminder queued"])
        try await expectSound(test)
    }

    // MARK: Caps

    @Test func `an address has three open requests at most`() async throws {
        let test = try await TestBook()
        try await test.ask(.week)
        try await test.ask(.months(1))
        let third = try await test.ask(.every(months: 1))
        let problem = await #expect(throws: Problem.self) { try await test.ask(.months(6)) }
        #expect(problem?.kind == .conflict)
        _ = try await CancelReminder.run(third.id, in: test.context())
        try await test.ask(.months(6))
        try await expectSound(test)
    }

    @Test func `the site takes so many requests an hour`() async throws {
        let test = try await TestBook()
        var settings = try Settings()
        settings.siteHourlyMaximum = 2
        try await test.ask(.week, email: "a@example.org", settings: settings)
        try await test.ask(.week, email: "b@example.org", settings: settings)
        let problem = await #expect(throws: Problem.self) {
            try await test.ask(.week, email: "c@example.org", settings: settings)
        }
        #expect(problem?.kind == .notPermitted)
        #expect(try await test.supporters().count == 2)
        test.now = test.now.adding(hours: 1)
        try await test.ask(.week, email: "c@example.org", settings: settings)
    }

    @Test(arguments: SuppressionScope.allCases)
    func `a suppressed address is refused`(scope: SuppressionScope) async throws {
        let test = try await TestBook()
        try await SuppressAddress.run("reader@example.org", scope, .staff, in: test.context())
        let problem = await #expect(throws: Problem.self) {
            try await test.ask(.week, email: "READER@example.org")
        }
        #expect(problem?.kind == .notPermitted)
        #expect(try await test.supporters().isEmpty)
    }

    @Test func `a known reader is found and not altered`() async throws {
        let test = try await TestBook()
        let known = try await test.plant {
            $0.name = "Ada"
            $0.locale = "en"
            $0.timeZone = "Europe/Berlin"
        }
        let reminder = try await test.ask(
            .week, email: "READER@EXAMPLE.ORG", locale: "ru", timeZone: "Asia/Tokyo")
        #expect(reminder.supporterID == known.supporter.id)
        #expect(try await test.supporters() == [known.supporter])
        #expect(reminder.dueAt == Instant(rfc3339: "2026-11-29T09:00:00Z"))
    }
}
