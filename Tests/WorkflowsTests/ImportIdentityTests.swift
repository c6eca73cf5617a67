import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// ImportBook: which rows are the same, to whom they belong, and reminders.
@Suite struct ImportIdentityTests {
    private static let others: [KeyValuePairs<String, String>] = [
        ["email": "other@example.org"], ["started_on": "2026-02-15"], ["interval": "year"],
        ["amount": "6.00"], ["currency": "EUR"], ["method_token": "tok_2"],
    ]

    @Test(arguments: others.indices)
    func `a row is another by person, first day, interval, amount, currency or token`(
        index: Int
    ) async throws {
        let test = try await TestBook()
        try await test.importRow(["amount": "20.00"])
        let changes = Self.others[index].map { ($0.key, $0.value) }
        let isAmount = changes.contains { $0.0 == "amount" }
        let found =
            try await isAmount
            ? test.importRow(["amount": "6.00"])
            : test.importRow(["amount": "20.00", changes[0].0: changes[0].1])
        #expect(found.summary.imported == 1)
        #expect(try await test.pledges().count == 2)
    }

    @Test(
        arguments: [
            ["state": "cancelled"], ["next_charge_on": "2027-03-15"], ["name": "Renamed"],
            ["email": "READER@Example.org"], ["amount": "5"],
        ] as [KeyValuePairs<String, String>])
    func `a row whose other columns changed is a known one`(
        changes: KeyValuePairs<String, String>
    ) async throws {
        let test = try await TestBook()
        try await test.importRow([:])
        let pledges = try await test.pledges()
        let found = try await test.importRow(changes)
        #expect(found.summary.known == 1 && found.summary.imported == 0)
        #expect(try await test.pledges() == pledges)
    }

    @Test func `a row stays known whatever happened to it since`() async throws {
        let test = try await TestBook()
        let pledge = try await test.imported([:])
        _ = try await CancelPledge.run(
            pledge.id, Cancellation(reason: .privacy, by: .supporter), in: test.context())
        _ = try await EraseSupporter.run(pledge.supporterID, by: .supporter, in: test.context())
        #expect(try await test.importRow([:]).summary.known == 1)
        #expect(try await test.supporters().count == 1)
        #expect(try await test.faults() == [])
    }

    @Test func `an external id alone tells rows apart`() async throws {
        let test = try await TestBook()
        try await test.importRow(["external_id": "7"])
        #expect(
            try await test.importRow([
                "external_id": "7", "email": "new@example.org", "amount": "9.00",
            ]).summary.known == 1)
        #expect(try await test.importRow(["external_id": "8"]).summary.imported == 1)
        #expect(try await test.pledges().count == 2)
        #expect(try await test.supporters().count == 1)
        let long = String(repeating: "7", count: 256)
        #expect(
            try await test.importRow(["external_id": long]).bad.map(\.column) == ["external_id"])
    }

    @Test func `like rows of one file are taken once`() async throws {
        let test = try await TestBook()
        let found = try await test.importing(
            "email,external_id", "a@example.org,1", "a@example.org,1", "b@example.org,1")
        #expect(found.summary.imported == 1 && found.summary.known == 2)
        #expect(try await test.supporters().count == 1)
    }

    @Test func `a person who stands in the book is never altered`() async throws {
        let test = try await TestBook()
        let first = try await AddSupporter.run(
            PersonInput(email: "reader@example.org", name: "Ana", locale: "pt"), in: test.context())
        try await test.importRow([
            "email": "Reader@EXAMPLE.org", "name": "Bob", "locale": "en",
            "time_zone": "America/New_York", "country": "US",
        ])
        #expect(try await test.supporters() == [first])
        #expect(try await test.pledges().map(\.supporterID) == [first.id])
        #expect(try await test.faults() == [])
    }

    // MARK: Reminders

    @Test func `a reminder for a day to come is scheduled, under the operator's word`()
        async throws
    {
        let test = try await TestBook()
        let found = try await test.importing(
            "email,remind_on,time_zone", "a@example.org,2026-12-01,America/New_York")
        #expect(found.summary.reminders == 1 && found.summary.pastReminders == 0)
        let reminder = try #require(try await test.reminders().first)
        #expect(reminder.state == .scheduled)
        #expect(reminder.dueAt == Instant(rfc3339: "2026-12-01T15:00:00Z"))
        #expect(reminder.consent?.door == "import" && reminder.consent?.at == test.now)
        let digest = "sha256:" + String(repeating: "ab", count: 32)
        #expect(reminder.consent?.wording == digest)
        #expect(try await test.faults() == [])
    }

    @Test func `a reminder for a day that is over is kept as skipped and mails nobody`()
        async throws
    {
        let test = try await TestBook()
        let found = try await test.importing(
            "email,remind_on", "a@example.org,2026-11-22", "b@example.org,2026-11-21",
            "c@example.org,2024-02-29")
        #expect(found.summary.reminders == 3 && found.summary.pastReminders == 3)
        let reminders = try await test.reminders()
        #expect(reminders.allSatisfy { $0.state == .skipped && $0.reason == "tooLate" })
        let run = try await SendReminders.run(limit: nil, isDryRun: false, in: test.context())
        #expect(run.claimed == 0)
        #expect(try await test.mails().isEmpty)
        #expect(try await test.events().filter { $0.type == "reminder.skipped" }.count == 3)
        #expect(try await test.faults() == [])
    }

    @Test func `one open reminder a month for one address`() async throws {
        let test = try await TestBook()
        let found = try await test.importing(
            "email,remind_on", "a@example.org,2026-12-01", "a@example.org,2026-12-20",
            "a@example.org,2027-01-01")
        #expect(found.summary.imported == 3 && found.summary.reminders == 2)
        #expect(try await test.reminders().count == 2)
    }

    @Test func `a reminder more than thirteen months ahead is refused`() async throws {
        let test = try await TestBook()
        let found = try await test.importing(
            "email,remind_on", "a@example.org,2027-12-22", "b@example.org,2027-12-23")
        #expect(found.summary.imported == 1)
        #expect(found.bad.map(\.line) == [3] && found.bad.map(\.column) == ["remind_on"])
    }
}
