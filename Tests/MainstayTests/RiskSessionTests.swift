import Testing

/// The policy for readers at risk, as an editor and a page's script use it.
@Suite struct RiskSessionTests {
    private static let register = "pledge register --amount 5.00 --currency USD --method-token t"

    @Test func `policies are set, shown and applied at every door`() throws {
        let site = try Site.withBook()
        let unreviewed = try site.succeed("risk show")
        #expect(unreviewed.complaint.contains("No policy is set yet"))
        #expect(try site.answer("risk set RU refuse")["policy"] == "refuse")
        try site.succeed("risk set GE warn")
        try site.succeed("risk set * allow")
        #expect(try site.answers("risk show").map { $0["country"] } == ["*", "GE", "RU"])

        let refused = try site.run("\(Self.register) --email a@mail.ru --locale ru")
        #expect(refused.code == 77 && refused.complainsInOneLine, "\(refused.complaint)")
        #expect(refused.complaint.contains("не сохранено"))
        let near = try site.run(
            "\(Self.register) --email a@example.org --connection-country RU")
        #expect(near.code == 77)
        #expect(try site.run("reminder add --email a@mail.ru").code == 77)
        #expect(try site.run("supporter add --email a@mail.ru").code == 77)
        try site.write(
            "rows.csv",
            "email,country,remind_on\na@example.org,RU,2027-02-01\nb@example.org,DE,2027-02-01\n")
        let imported = try site.run("--json --now \(rehearsal) import rows.csv")
        #expect(imported.code == 65 && imported.text.contains("\"imported\":1"))
        #expect(imported.complaint.contains("refused by the risk policy"))

        let warned = try site.run("\(Self.register) --email c@example.org --country GE")
        #expect(warned.code == 77 && warned.complaint.contains("Daily Test gGmbH"))
        try site.succeed("\(Self.register) --email c@example.org --country GE --confirm-risk")
        #expect(try site.answers("supporter list").count == 2)
    }

    @Test
    func `a country is designated after a look at the counts, and leaves an export without it`()
        throws
    {
        let site = try Site.withBook()
        for address in ["a@mail.ru", "b@example.org", "c@yandex.ru"] {
            try site.succeed("\(Self.register) --email \(address)")
        }
        let kept = try site.run("risk set RU refuse")
        #expect(kept.code == 77 && kept.complaint.contains("2 live pledge(s)"))
        let counts = try site.answer("risk designate --country RU --dry-run")
        #expect(counts.number("supporters") == 2 && counts.number("live_pledges") == 2)
        let unasked = try site.run("risk designate --country RU")
        #expect(unasked.code == 65 && unasked.complaint.contains("--yes"))
        #expect(try site.answers("supporter list").count == 3)
        try site.succeed("risk designate --country RU --yes")
        #expect(try site.answers("supporter list").map { $0["email"] } == ["b@example.org"])
        #expect(try site.answers("event list --type book.redacted").count == 1)
        try site.succeed("doctor")
        try site.succeed("risk designate --country RU --yes")
        let planned = try site.answer(
            "--now \(rehearsal) risk designate --country BY --on 2026-12-01 --yes")
        #expect(planned["refuse_from"] == "2026-12-01")
    }

    @Test(arguments: [
        Refusal("an unknown policy", 64, "risk set RU perhaps"),
        Refusal("an unknown country", 65, "risk set Russia warn"),
        Refusal("an unknown country code", 65, "risk designate --country XX --yes"),
        Refusal("a malformed day", 64, "risk designate --country RU --on soon --yes"),
    ])
    func `a mistyped command changes nothing`(_ refusal: Refusal) throws { try refusal.check() }
}
