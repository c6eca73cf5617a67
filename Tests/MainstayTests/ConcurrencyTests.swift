import Testing

/// Eight processes on one book at once.
@Suite struct ConcurrencyTests {
    private static let processes = 8
    private static let pledge = "--amount 5.00 --currency EUR --method-token tok"

    @Test func `different readers registered at once are all there`() throws {
        let site = try Site.withBook()
        for round in 0..<5 {
            let endings = try site.atOnce(Self.processes) {
                "pledge register --email reader\(round).\($0)@example.org \(Self.pledge)"
            }
            for ending in endings { #expect(ending.code == 0, "\(ending.complaint)") }
        }
        #expect(try site.answers("pledge list").count == 5 * Self.processes)
        #expect(try site.answers("supporter list").count == 5 * Self.processes)
        #expect(try site.count("SELECT count(*) FROM events") == 15 * Self.processes)
        try site.succeed("doctor")
    }

    @Test func `one request sent eight times at once is one pledge and one answer`() throws {
        for round in 0..<5 {
            let site = try Site.withBook()
            let endings = try site.atOnce(Self.processes) { _ in
                "--json pledge register --email gil@example.org \(Self.pledge) "
                    + "--idempotency-key key\(round)"
            }
            for ending in endings { #expect(ending.code == 0, "\(ending.complaint)") }
            #expect(Set(endings.map(\.output)).count == 1)
            #expect(try site.answers("pledge list").count == 1)
            #expect(try site.answers("event list").count == 3)
            try site.succeed("doctor")
        }
    }

    @Test func `a reader who clicks eight times pays once`() throws {
        for _ in 0..<5 {
            let site = try Site.withBook()
            let endings = try site.atOnce(Self.processes) { _ in
                "pledge register --email hal@example.org \(Self.pledge)"
            }
            #expect(endings.count { $0.code == 0 } == 1)
            #expect(endings.count { $0.code == 1 && $0.complainsInOneLine } == Self.processes - 1)
            #expect(try site.answers("supporter list").count == 1)
            #expect(try site.answers("pledge list").count == 1)
            #expect(try site.answers("payment-method list").count == 1)
            try site.succeed("doctor")
        }
    }

    @Test func `a pledge cancelled by eight at once is cancelled once`() throws {
        let site = try Site.withBook()
        let id = try site.importActivePledge()
        let endings = try site.atOnce(Self.processes) { _ in
            "--json pledge cancel \(id) --reason mistake"
        }
        for ending in endings { #expect(ending.code == 0, "\(ending.complaint)") }
        #expect(Set(endings.map(\.output)).count == 1)
        let types = try site.answers("event list --subject \(id)").map { $0["type"] }
        #expect(types == ["pledge.registered", "pledge.cancelled"])
    }

    @Test func `one file imported by four at once is imported once`() throws {
        let alone = try Site.withBook()
        try alone.makeSupporters(2_000)
        let once = try alone.answer("--now \(rehearsal) import supporters.csv")
        let site = try Site.withBook()
        try site.makeSupporters(2_000)
        let endings = try site.atOnce(4) { _ in "--now \(rehearsal) --json import supporters.csv" }
        for ending in endings { #expect(ending.code == 0, "\(ending.complaint)") }
        let answers = try endings.map { try Answer($0.text) }
        for total in ["imported", "supporters", "pledges", "payment_methods"] {
            #expect(answers.reduce(0) { $0 + ($1.number(total) ?? 0) } == once.number(total))
        }
        try site.succeed("doctor")
    }
}
