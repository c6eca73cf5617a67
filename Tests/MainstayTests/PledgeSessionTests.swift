import Testing

/// Pledges and their payment methods, as an operator works with them.
@Suite struct PledgeSessionTests {
    private static let register = """
        pledge register --email anna@example.org --name Anna --amount 5.00 --currency USD \
        --method-token tok_1 --brand visa --last4 4242 --expires 2029-04 --issuing-country US \
        --country US --locale en --time-zone America/New_York --source front-page
        """

    @Test func `a registered pledge is shown, listed and told in events`() throws {
        let site = try Site.withBook()
        let pledge = try site.answer("--now \(rehearsal) " + Self.register)
        #expect(pledge["state"] == "pending")
        #expect(pledge.text("amount", "amount") == "5.00")
        #expect(pledge.text("amount", "currency") == "USD")
        #expect(pledge["interval"] == "month")
        #expect(pledge["started_on"] == "2026-11-22")
        #expect(pledge["created_at"] == "2026-11-22T12:00:00.000Z")
        let id = try #require(pledge["id"])
        #expect(id.hasPrefix("plg_"))
        #expect(try site.answer("pledge show \(id)")["id"] == id)
        #expect(try site.answers("pledge list").map { $0["id"] } == [id])
        #expect(try site.answers("pledge list --state pending").count == 1)
        #expect(try site.answers("pledge list --state active").isEmpty)
        let types = try site.answers("event list").map { $0["type"] }
        #expect(types == ["supporter.created", "payment_method.attached", "pledge.registered"])
        let person = try site.answer("supporter show anna@example.org")
        #expect(person["name"] == "Anna")
        #expect(person.count("pledges") == 1 && person.count("payment_methods") == 1)
    }

    @Test func `the same idempotency key gives the same bytes, other content is refused`() throws {
        let site = try Site.withBook()
        let words = "--json " + Self.register + " --idempotency-key key-1"
        let first = try site.succeed(words)
        let again = try site.succeed(words)
        #expect(first.output == again.output)
        #expect(try site.answers("pledge list").count == 1)
        let before = try site.snapshot()
        let other = try site.run(words + " --second --every year --amount 50.00")
        #expect(other.code == 1 && other.complainsInOneLine, "\(other.complaint)")
        #expect(try site.snapshot() == before)
    }

    @Test func `a second like pledge within a day is refused unless it is meant`() throws {
        let site = try Site.withBook()
        try site.succeed(Self.register)
        let second = try site.run(Self.register)
        #expect(second.code == 1 && second.complainsInOneLine, "\(second.complaint)")
        #expect(second.complaint.contains("--second"))
        try site.succeed(Self.register + " --second")
        #expect(try site.answers("pledge list").count == 2)
        #expect(try site.answers("supporter list").count == 1)
    }

    @Test func `a pledge is lowered, paused, resumed, and ends once`() throws {
        let site = try Site.withBook()
        let id = try site.importActivePledge()
        let now = "--now \(rehearsal)"
        let lowered = try site.answer("\(now) pledge change \(id) --amount 4.00")
        #expect(lowered.text("amount", "amount") == "4.00")
        let paused = try site.answer("\(now) pledge pause \(id) --until 2027-01-15")
        #expect(paused["state"] == "paused" && paused["paused_until"] == "2027-01-15")
        #expect(paused["next_charge_on"] == "2027-01-31")
        let resumed = try site.answer("\(now) pledge resume \(id)")
        #expect(resumed["state"] == "active" && resumed["next_charge_on"] == "2026-11-30")
        #expect(!resumed.has("paused_until"))

        let cancelling = "\(now) --json pledge cancel \(id) --reason other --note Moving"
        let cancelled = try site.succeed(cancelling)
        #expect(try Answer(cancelled.text)["state"] == "cancelled")
        #expect(try Answer(cancelled.text)["cancel_reason"] == "other")
        // The clock is fixed here, so only the sequence shows the order of events.
        let events = try site.answers("event list --subject \(id)")
            .sorted { ($0.number("sequence") ?? 0) < ($1.number("sequence") ?? 0) }
            .map { $0["type"] }
        #expect(
            events == [
                "pledge.registered", "pledge.changed", "pledge.paused", "pledge.resumed",
                "pledge.cancelled",
            ])
        // A repeat gives the same answer and no further event.
        #expect(try site.succeed(cancelling).output == cancelled.output)
        #expect(try site.answers("event list --subject \(id)").count == events.count)
        for words in ["pledge resume \(id)", "pledge change \(id) --amount 3.00"] {
            let late = try site.run(words)
            #expect(late.code == 1 && late.complainsInOneLine, "\(late.complaint)")
        }
    }

    @Test func `a replaced method moves its pledge, and the last one is not removed by the way`()
        throws
    {
        let site = try Site.withBook()
        let pledge = try site.importActivePledge()
        let supporter = try #require(try site.answer("pledge show \(pledge)")["supporter_id"])
        let old = try #require(try site.answer("pledge show \(pledge)")["payment_method_id"])

        let new = try site.id(
            "payment-method replace \(old) --method-token tok_new --brand mastercard")
        #expect(try site.answer("pledge show \(pledge)")["payment_method_id"] == new)
        #expect(try site.answer("payment-method show \(old)")["state"] == "replaced")
        #expect(try site.answer("payment-method show \(old)")["replaced_by"] == new)
        #expect(!(try site.answer("payment-method show \(old)").has("last4")))

        let before = try site.snapshot()
        let refused = try site.run("payment-method remove \(new)")
        #expect(refused.code == 1 && refused.complainsInOneLine, "\(refused.complaint)")
        #expect(refused.complaint.contains("--cancel-pledges"))
        #expect(try site.snapshot() == before)

        let further = try site.id("payment-method add \(supporter) --method-token tok_further")
        #expect(try site.answers("payment-method list").count == 3)
        #expect(try site.answer("payment-method remove \(further)")["state"] == "revoked")
        let removed = try site.answer("payment-method remove \(new) --cancel-pledges")
        #expect(removed["state"] == "revoked")
        #expect(try site.answer("pledge show \(pledge)")["state"] == "cancelled")
        try site.succeed("doctor")
    }
}
