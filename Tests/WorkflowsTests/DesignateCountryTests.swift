import Foundation
import Mail
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// The removal of everybody tied to a country in which giving has become a danger.
@Suite struct DesignateCountryTests {
    /// Three readers tied to RU by different facts and two who are not, with mails, reminders, an
    /// endpoint and a sealed audit trail.
    private func book() async throws -> (test: TestBook, tied: [ID<Supporter>]) {
        let test = try await TestBook()
        _ = try await AddWebhookEndpoint.run(
            url: "https://hooks.example.org/", events: [], allowsHTTP: false, allowsPrivate: false,
            in: test.context())
        let people: [(String, String?, String?)] = [
            ("a@mail.ru", nil, nil), ("b@example.org", "RU", nil), ("c@example.org", nil, "RU"),
            ("d@example.org", "DE", "DE"), ("e@example.org", nil, nil),
        ]
        var ids: [ID<Supporter>] = []
        for (email, country, issuing) in people {
            let pledge = try await test.register {
                $0.person = PersonInput(email: email, name: "Reader", country: country)
                $0.method?.issuingCountry = issuing
                $0.source = "spring"
                $0.idempotencyKey = email
            }.pledge
            ids.append(pledge.supporterID)
            try await test.ask(.every(months: 1), email: email)
            let method = try #require(pledge.paymentMethodID)
            _ = try await ReplacePaymentMethod.run(
                method, with: MethodInput(token: "tok_2", issuingCountry: issuing),
                in: test.context())
        }
        try await SuppressAddress.run("a@mail.ru", .support, .staff, in: test.context())
        _ = try await test.deliver(
            through: OutboxTransport(folder: test.path + ".outbox"))
        _ = try await SealEvents.run(in: test.context())
        return (test, Array(ids.prefix(3)))
    }

    private func findings(_ test: TestBook) async throws -> [VerifyAudit.Finding] {
        var found: [VerifyAudit.Finding] = []
        _ = try await VerifyAudit.run(keptHead: nil, in: test.context()) { found.append($0) }
        return found
    }

    @Test func `what would go is counted, and nothing is changed`() async throws {
        let (test, _) = try await book()
        let events = try await test.events().count
        let counts = try await DesignateCountry.count("RU", in: test.context())
        #expect(counts.supporters == 3 && counts.pledges == 3 && counts.livePledges == 3)
        #expect(counts.paymentMethods == 6 && counts.reminders == 3)
        #expect(try await test.supporters().count == 5)
        #expect(try await test.events().count == events)
    }

    @Test func `no table contains anything about people tied to the country`() async throws {
        let (test, tied) = try await book()
        var traces: [Data] = []
        for id in tied {
            traces.append(Data(id.text.utf8))
            for sql in [
                "SELECT email_hash FROM supporters WHERE id = $1",
                "SELECT sealed FROM supporters WHERE id = $1",
                "SELECT sealed FROM payment_methods WHERE supporter_id = $1",
                "SELECT CAST(id AS BLOB) FROM pledges WHERE supporter_id = $1",
                "SELECT CAST(id AS BLOB) FROM reminders WHERE supporter_id = $1",
                "SELECT CAST(id AS BLOB) FROM payment_methods WHERE supporter_id = $1",
                "SELECT CAST(id AS BLOB) FROM mail_messages WHERE supporter_id = $1",
            ] {
                for row in try await test.rows(sql, .text(id.text)) {
                    if let bytes = try row.blobOrNil(0) { traces.append(Data(bytes)) }
                }
            }
        }
        let deliveries = try await test.rows("SELECT 1 FROM webhook_deliveries").count
        guard
            case .removed(let isPurged) = try await DesignateCountry.run(
                "RU", on: nil, in: test.context())
        else {
            Issue.record("it was planned")
            return
        }
        #expect(isPurged && traces.count > 25)
        for file in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: test.path + file))
            #expect(!traces.contains { bytes.range(of: $0) != nil }, "\(file)")
        }
        #expect(try await test.supporters().count == 2)
        #expect(try await test.rows("SELECT 1 FROM suppressions").isEmpty)
        #expect(try await test.rows("SELECT 1 FROM webhook_deliveries").count < deliveries)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: test.path + ".outbox").count == 2)
        #expect(
            try await test.rows("SELECT 1 FROM sqlite_schema WHERE name LIKE 'removal%'").isEmpty)
        try await expectSound(test)
    }

    @Test
    func `one event, never sent out, records the redaction without its extent`()
        async throws
    {
        let (test, _) = try await book()
        _ = try await DesignateCountry.run("RU", on: nil, in: test.context())
        let events = try await test.events().filter { $0.type == "book.redacted" }
        #expect(events.count == 1)
        let event = try #require(events.first)
        #expect(!event.body.contains("RU") && !event.body.contains("\"3\""))
        #expect(
            try await test.rows(
                "SELECT 1 FROM webhook_deliveries WHERE event_id = $1", .text(event.id)
            ).isEmpty)
        #expect(try await test.rows("SELECT 1 FROM mail_messages WHERE state = 'queued'").isEmpty)
    }

    @Test func `the audit trail goes on to verify, and the redaction is proven`() async throws {
        let (test, _) = try await book()
        #expect(try await findings(test).isEmpty)
        _ = try await DesignateCountry.run("RU", on: nil, in: test.context())
        #expect(try await findings(test).isEmpty)
        _ = try await SealEvents.run(in: test.context())
        #expect(try await findings(test).isEmpty)
    }

    @Test func `from then on nothing is taken from there`() async throws {
        let (test, _) = try await book()
        _ = try await DesignateCountry.run("RU", on: nil, in: test.context())
        await expectRefusal(.notPermitted) {
            try await test.register { $0.person = PersonInput(email: "a@mail.ru") }
        }
        await expectRefusal(.notPermitted) { try await test.ask(.week, email: "b@bk.ru") }
    }

    /// The process dies before each of its writes in turn; the next run does the rest.
    @Test func `a run killed anywhere and repeated has the same result`() async throws {
        let (test, _) = try await book()
        var number = 1
        while number < 60 {
            let limit = number
            let driver = HookedDriver(test.database) { if $0 == limit { throw Killed() } }
            let own = try test.context()
            let context = Context(
                book: Book(driver: driver, keys: test.book.keys, journal: test.book.journal),
                ids: own.ids, actor: own.actor, settings: own.settings, clock: { test.now })
            do {
                _ = try await DesignateCountry.run("RU", on: nil, in: context)
                break
            } catch is Killed {
                number += 1
            }
        }
        #expect(number > 15 && number < 60)
        #expect(try await test.supporters().count == 2)
        #expect(try await test.events().count { $0.type == "book.redacted" } == 1)
        #expect(try await findings(test).isEmpty)
        try await expectSound(test)
    }

    @Test func `on a later day it waits for that day, and retention does it then`() async throws {
        let (test, _) = try await book()
        let answer = try await DesignateCountry.run("RU", on: day("2026-12-01"), in: test.context())
        guard case .planned(let planned) = answer else {
            Issue.record("it was not planned")
            return
        }
        #expect(planned.description == "2026-12-01")
        test.now = try #require(Instant(rfc3339: "2026-11-30T23:59:59Z"))
        try await test.register { $0.person = PersonInput(email: "f@mail.ru") }
        _ = try await RunRetention.run(isDryRun: false, in: test.context())
        #expect(try await test.supporters().count == 6)
        test.now = try #require(Instant(rfc3339: "2026-12-01T00:00:00Z"))
        await expectRefusal(.notPermitted) {
            try await test.register { $0.person = PersonInput(email: "g@mail.ru") }
        }
        _ = try await RunRetention.run(isDryRun: false, in: test.context())
        #expect(try await test.supporters().count == 2)
        let row = try #require(await BrowseBook.riskPolicies(in: test.context()).first)
        #expect(row.policy == .refuse && row.refuseFrom == nil)
    }

    @Test func `an older copy of the book does not bring them back`() async throws {
        let (test, tied) = try await book()
        let copy = try await test.copy()
        _ = try await DesignateCountry.run("RU", on: nil, in: test.context())
        await expectRefusal(.notPermitted) { try await copy.sendReminders() }
        let summary = try await ReleaseBook.run(sendsAgain: false, in: copy.context())
        #expect(summary.erased == 3)
        let left = try await copy.supporters().map(\.id)
        #expect(left.count == 2 && Set(left).isDisjoint(with: tied))
        try await expectSound(copy)
        #expect(try await findings(copy).isEmpty)
    }

    @Test func `a country with nobody tied to it is refused all the same`() async throws {
        let (test, _) = try await book()
        _ = try await DesignateCountry.run("IR", on: nil, in: test.context())
        #expect(try await test.supporters().count == 5)
        #expect(try await BrowseBook.riskPolicies(in: test.context()).map(\.policy) == [.refuse])
    }

    @Test(arguments: ["", "*", "Russia"])
    func `an unknown country is refused`(country: String) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .country) {
            try await DesignateCountry.count(country, in: test.context())
        }
        await expectRefusal(.invalid, field: .country) {
            try await DesignateCountry.run(country, on: nil, in: test.context())
        }
    }
}
