import Pledging
import TestSupport
import Testing
import Workflows

/// Reminders that nobody asked for: they follow from dates of pledges and methods.
@Suite struct PromisedReminderTests {
    private func annual(_ plant: inout Plant) {
        plant.interval = .year
        plant.nextChargeOn = "2027-01-15"
    }

    private func expiring(_ plant: inout Plant) { plant.methodExpires = YearMonth("2027-02") }

    private func paused(_ plant: inout Plant) {
        plant.state = .paused
        plant.pausedUntil = "2026-12-01"
        plant.nextChargeOn = "2026-12-20"
    }

    @Test func `an annual charge is announced 14 days before, once`() async throws {
        let test = try await TestBook()
        try await test.plant(annual)
        let days = try await test.daysOfReminders(from: "2026-12-20", through: "2027-01-20")
        #expect(days == ["2027-01-01"])
        #expect(try await test.mails() == ["upcomingCharge queued"])
        try await expectSound(test)
    }

    @Test func `an announcement of a charge is made however late`() async throws {
        let test = try await TestBook()
        try await test.plant(annual)
        #expect(
            try await test.daysOfReminders(from: "2027-01-14", through: "2027-01-16")
                == ["2027-01-14"])
    }

    @Test func `a monthly charge needs no notice`() async throws {
        let test = try await TestBook()
        try await test.plant { $0.nextChargeOn = "2026-12-15" }
        #expect(
            try await test.daysOfReminders(from: "2026-11-23", through: "2026-12-20").isEmpty)
    }

    @Test func `a method's end is announced 30 and 7 days before, once each`() async throws {
        let test = try await TestBook()
        try await test.plant(expiring)
        let days = try await test.daysOfReminders(from: "2027-01-15", through: "2027-03-05")
        #expect(days == ["2027-01-29", "2027-02-21"])
        #expect(Set(try await test.mails()) == ["methodExpiring queued"])
        try await expectSound(test)
    }

    @Test(arguments: [
        ("2027-02-01", "2027-02-02", ["2027-02-01"]), ("2027-02-02", "2027-02-03", []),
        ("2027-02-24", "2027-02-25", ["2027-02-24"]), ("2027-02-25", "2027-02-27", []),
    ])
    func `a method's end is announced at most three days late`(
        first: String, last: String, expected: [String]
    ) async throws {
        let test = try await TestBook()
        try await test.plant(expiring)
        let days = try await test.daysOfReminders(from: first, through: last)
        #expect(days == expected)
    }

    @Test func `the end of an unused method is not announced`() async throws {
        let test = try await TestBook()
        try await test.plant {
            expiring(&$0)
            $0.state = .cancelled
        }
        #expect(
            try await test.daysOfReminders(from: "2027-01-25", through: "2027-02-25").isEmpty)
    }

    @Test func `a pause's end is announced 5 days before, once`() async throws {
        let test = try await TestBook()
        try await test.plant(paused)
        let days = try await test.daysOfReminders(from: "2026-12-10", through: "2026-12-25")
        #expect(days == ["2026-12-15"])
        #expect(try await test.mails() == ["pauseEnding queued"])
        try await expectSound(test)
    }

    @Test(arguments: [("2026-12-18", 1), ("2026-12-19", 0), ("2026-12-20", 0)])
    func `a pause's end is announced at most three days late`(
        day: String, count: Int
    ) async throws {
        let test = try await TestBook()
        try await test.plant(paused)
        #expect(try await test.daysOfReminders(from: day, through: day).count == count)
    }

    @Test func `the newsroom's own day counts`() async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = "Pacific/Auckland"
        let test = try await TestBook(newsroom: newsroom)
        try await test.plant(annual)
        try test.moveClock(to: "2026-12-31T10:59:00Z")
        #expect(try await test.sendReminders().queued == 0)
        try test.moveClock(to: "2026-12-31T11:00:00Z")
        #expect(try await test.sendReminders().queued == 1)
    }

    @Test func `an opt-out of reminders does not hide a charge, a bounce does`() async throws {
        let test = try await TestBook()
        for (email, scope) in [
            ("out@example.org", SuppressionScope.support), ("dead@example.org", .all),
        ] {
            try await test.plant {
                annual(&$0)
                $0.email = email
            }
            try await SuppressAddress.run(email, scope, .complaint, in: test.context())
        }
        try test.moveClock(to: "2027-01-01T12:00:00Z")
        let summary = try await test.sendReminders()
        #expect(summary.queued == 1)
        #expect(summary.skippedBecause == [.suppressed: 1])
        #expect(try await test.post().map { $0.headers["to"] } == ["out@example.org"])
    }
}
