import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RunDoctorTests {
    /// Two people with everything that a book holds. Each pledge has an event between its first and
    /// its last.
    private func fullBook() async throws -> TestBook {
        let test = try await TestBook()
        for name in ["a", "b"] {
            let planted = try await test.plant {
                ($0.email, $0.source) = ("\(name)@example.org", "autumn")
            }
            let pledge = try #require(planted.pledge)
            _ = try await ChangePledge.run(pledge.id, .init(amount: "4.00"), in: test.context())
            _ = try await ChangePledge.run(pledge.id, .init(amount: "3.00"), in: test.context())
            try await test.ask(.every(months: 1), email: "\(name)@example.org")
            _ = try await CreateToken.run(
                name: name, scopes: ["jobs:read"], in: test.context())
            try await test.register {
                ($0.person.email, $0.idempotencyKey) = ("\(name)-2@example.org", name)
            }
        }
        // Endpoints come last, so that no event has a delivery.
        for _ in 0..<2 { try await test.addEndpoint() }
        return test
    }

    private func findings(_ test: TestBook) async throws -> [String] {
        try await RunDoctor.run(in: test.context()).filter { !$0.isSound }.map(\.name)
    }

    @Test func `a sound book has no finding, and each check says what it saw`() async throws {
        let test = try await fullBook()
        let checks = try await RunDoctor.run(in: test.context())
        #expect(checks.allSatisfy { $0.isSound })
        #expect(checks.allSatisfy { !$0.name.isEmpty && !$0.detail.isEmpty })
        #expect(checks.allSatisfy { $0.json["cure"] == nil })
    }

    @Test func `looking changes nothing`() async throws {
        let test = try await fullBook()
        let before = try await test.events().count
        _ = try await findings(test)
        #expect(try await test.events().count == before)
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [
        ("supporters", "sealed", "id"), ("payment_methods", "sealed", "id"),
        ("pledges", "sealed", "id"), ("webhook_endpoints", "sealed", "id"),
        ("events", "sealed", "id"), ("mail_messages", "sealed", "id"),
        ("api_tokens", "sealed", "id"), ("idempotent_requests", "answer", "key_hash"),
    ])
    func `a sealed value copied onto another row is found`(
        table: String, column: String, key: String
    ) async throws {
        let test = try await fullBook()
        try test.tamper(
            """
            UPDATE \(table) SET \(column) = (SELECT \(column) FROM \(table)
                WHERE \(column) IS NOT NULL ORDER BY \(key) LIMIT 1)
            WHERE \(key) = (SELECT max(\(key)) FROM \(table) WHERE \(column) IS NOT NULL)
            """)
        #expect(try await findings(test) == ["sealed data"])
    }

    @Test(arguments: [
        ("payment_methods", "supporters"), ("supporters", "payment_methods"),
        ("mail_messages", "supporters"), ("events", "webhook_endpoints"),
        ("webhook_endpoints", "events"), ("pledges", "mail_messages"),
    ])
    func `a value that was sealed for another purpose is found`(
        table: String, other: String
    ) async throws {
        let test = try await fullBook()
        try test.tamper(
            """
            UPDATE \(table) SET sealed = (SELECT max(sealed) FROM \(other))
            WHERE id = (SELECT max(id) FROM \(table) WHERE sealed IS NOT NULL)
            """)
        #expect(try await findings(test) == ["sealed data"])
    }

    @Test(arguments: [
        "substr(sealed, 1, length(sealed) - 1)", "CAST(sealed || x'00' AS BLOB)", "x''",
        "zeroblob(length(sealed))",
    ])
    func `a sealed value that was changed is found`(change: String) async throws {
        let test = try await fullBook()
        try test.tamper(
            """
            UPDATE supporters SET sealed = \(change)
            WHERE id = (SELECT max(id) FROM supporters)
            """)
        #expect(try await findings(test) == ["sealed data"])
    }

    @Test(arguments: [1, 2, 3])
    func `an event that was deleted is found, whichever it was`(sequence: Int) async throws {
        let test = try await fullBook()
        try test.tamper(
            """
            DELETE FROM events WHERE sequence = \(sequence)
                AND subject_id = (SELECT max(id) FROM pledges WHERE version = 3)
            """)
        #expect(try await findings(test) == ["every version has its event"])
    }

    @Test func `a pledge that pays by another person's method is found`() async throws {
        let test = try await fullBook()
        try test.tamper(
            """
            UPDATE pledges SET payment_method_id = (SELECT min(id) FROM payment_methods)
            WHERE id = (SELECT max(id) FROM pledges)
            """)
        #expect(try await findings(test) == ["a pledge pays by its supporter's own method"])
    }

    @Test func `a queued reminder without its mail is found`() async throws {
        let test = try await fullBook()
        let reminder = try await ScheduleReminder.run(
            .init(
                person: PersonInput(email: "c@example.org"), choice: .week, door: "page",
                wording: "2026-11"), in: test.context(actor: .reader))
        test.now = reminder.dueAt
        _ = try await SendReminders.run(limit: nil, isDryRun: false, in: test.context())
        #expect(try await findings(test).isEmpty)
        try test.tamper("DELETE FROM mail_messages")
        #expect(try await findings(test) == ["a queued reminder has its mail"])
    }

    @Test func `a row that points at nothing is found`() async throws {
        let test = try await fullBook()
        try test.tamper("DELETE FROM supporters WHERE id = (SELECT max(id) FROM supporters)")
        #expect(try await findings(test) == ["references"])
    }

    @Test func `a newsroom that may send no support mail is found, with its cure`() async throws {
        let test = try await TestBook(newsroom: Newsroom())
        let finding = try #require(
            try await RunDoctor.run(in: test.context()).first { !$0.isSound })
        #expect(finding.name == "newsroom")
        #expect(finding.json["cure"]?.text.contains("newsroom set") == true)
    }
}
