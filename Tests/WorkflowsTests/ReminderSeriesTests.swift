import Pledging
import TestSupport
import Testing
import Workflows

/// A recurring reminder, from the click that confirms it to its end.
@Suite struct ReminderSeriesTests {
    /// A book in which a series was asked for and confirmed at noon of that day.
    private func begin(
        _ months: Int, on day: String, timeZone: String? = nil
    ) async throws -> (test: TestBook, first: Reminder) {
        let test = try await TestBook(now: #require(Instant(rfc3339: "\(day)T12:00:00Z")))
        let reminder = try await test.ask(.every(months: months), timeZone: timeZone)
        let mails = try await test.post()
        #expect(mails.count == 1)
        try await test.follow(#require(mails.first?.token(of: "confirm")), .confirm)
        return (test, reminder)
    }

    /// Moves from due time to due time until nothing is scheduled; returns the due times.
    private func times(of test: TestBook) async throws -> [String] {
        var times: [String] = []
        while let next = try await test.reminders().first(where: { $0.state == .scheduled }) {
            test.now = next.dueAt.adding(seconds: -1)
            #expect(try await test.sendReminders().claimed == 0)
            test.now = next.dueAt
            #expect(try await test.sendReminders().queued == 1)
            #expect(try await test.post().count == 1)
            times.append(next.dueAt.rfc3339)
        }
        return times
    }

    @Test func `from 31 July on a month is a month, and it ends after twelve`() async throws {
        let (test, _) = try await begin(1, on: "2026-07-31")
        let days = try await times(of: test).map { $0.prefix(10) }
        #expect(
            days == [
                "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31",
                "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31",
                "2027-06-30", "2027-07-31",
            ])
        #expect(try await test.reminders().allSatisfy { $0.state == .sent })
        try await expectSound(test)
    }

    @Test(arguments: [
        (3, 8, "2028-07-31"), (6, 4, "2028-07-31"), (12, 2, "2028-07-31"),
    ])
    func `a series covers two years at most`(
        months: Int, mails: Int, last: String
    ) async throws {
        let (test, _) = try await begin(months, on: "2026-07-31")
        let days = try await times(of: test).map { String($0.prefix(10)) }
        #expect(days.count == mails)
        #expect(days.last == last)
    }

    @Test func `every step is at ten, summer and winter`() async throws {
        let (test, _) = try await begin(1, on: "2026-09-24", timeZone: "Europe/Berlin")
        let hours = try await times(of: test).prefix(7).map { String($0.dropFirst(11).prefix(2)) }
        #expect(hours == ["08", "09", "09", "09", "09", "09", "08"])
    }

    @Test func `a series without its click says nothing`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1))
        #expect(try await test.post().count == 1)
        test.now = reminder.dueAt.adding(days: 400)
        #expect(try await test.sendReminders().queued == 0)
        #expect(try await test.mails() == ["confirmReminder sent"])
        #expect(try await test.reminders().map(\.state) == [.skipped])
    }

    @Test func `after an outage it goes on with the next step ahead`() async throws {
        let (test, first) = try await begin(1, on: "2026-07-31")
        try test.moveClock(to: "2026-12-01T12:00:00Z")
        let summary = try await test.sendReminders()
        #expect(summary.skippedBecause == [.tooLate: 1])
        #expect(try await test.reminder(first.id).state == .skipped)
        let next = try #require(await test.reminders().first { $0.state == .scheduled })
        #expect(next.dueOn == CivilDate("2026-12-31"))
        #expect(next.occurrence == 5)
        #expect(next.confirmedAt != nil)
        try await expectSound(test)
    }

    @Test func `a reader who begins to give ends the series`() async throws {
        let (test, first) = try await begin(1, on: "2026-07-31")
        _ = try await RegisterPledge.run(
            .init(
                person: PersonInput(email: "reader@example.org"), amount: "5.00", currency: "USD",
                interval: .month, method: MethodInput(token: "tok_1")),
            in: test.context())
        test.now = first.dueAt
        #expect(try await test.sendReminders().skippedBecause == [.alreadySupports: 1])
        #expect(try await test.reminders().count == 1)
    }
}
