import Testing

/// People, their reminders, and who wants no mail.
@Suite struct PeopleSessionTests {
    @Test func `a reminder is asked for, listed, asked for again, and cancelled`() throws {
        let site = try Site.withBook()
        let now = "--now \(rehearsal)"
        let add = "\(now) reminder add --email bea@example.org --time-zone Europe/Berlin"
        let week = try site.answer("\(add) --in week")
        #expect(week["state"] == "scheduled" && week["due_on"] == "2026-11-29")
        #expect(week["due_at"] == "2026-11-29T09:00:00.000Z")
        let id = try #require(week["id"])
        // Asking again for the same month moves the unconfirmed reminder; it adds none.
        #expect(try site.answer("\(add) --on 2026-11-30")["id"] == id)
        #expect(try site.answer("reminder show \(id)")["due_on"] == "2026-11-30")
        let series = try site.answer("\(add) --every 3")
        #expect(series.number("every_months") == 3 && series["due_on"] == "2027-02-22")
        #expect(try site.answers("reminder list").count == 2)
        #expect(try site.answers("reminder list --due-before 2026-12-01T00:00:00Z").count == 1)
        #expect(try site.answer("reminder cancel \(id)")["state"] == "cancelled")
        #expect(try site.answers("reminder list --state scheduled").count == 1)
        #expect(try site.answers("reminder list --state cancelled").map { $0["id"] } == [id])
    }

    @Test func `nobody is reminded after the 20th for the month that begins`() throws {
        let site = try Site.withBook()
        let early = try site.answer(
            "--now 2026-11-19T12:00:00Z reminder add --email early@example.org")
        #expect(early["due_on"] == "2026-12-19")
        let late = try site.answer(
            "--now 2026-11-20T12:00:00Z reminder add --email late@example.org")
        #expect(late["due_on"] == "2027-01-20")
    }

    @Test func `who wants no mail is asked nothing, until staff lift it`() throws {
        let site = try Site.withBook()
        #expect(try site.answer("suppression add --email cy@example.org")["scope"] == "support")
        let listed = try site.answers("suppression list")
        #expect(listed.count == 1)
        #expect(listed.first?["reason"] == "staff")
        #expect(try !site.succeed("--json suppression list").text.contains("cy@example.org"))
        let refused = try site.run("reminder add --email CY@example.org")
        #expect(refused.code == 77 && refused.complainsInOneLine, "\(refused.complaint)")
        #expect(try site.answers("supporter list").isEmpty)
        let lifted = try site.succeed("--json suppression remove --email cy@example.org")
        #expect(lifted.lines.count == 1)
        #expect(try site.answers("suppression list").isEmpty)
        try site.succeed("reminder add --email cy@example.org")
    }

    @Test func `a person is corrected, exported whole, and forgotten for good`() throws {
        let site = try Site.withBook()
        let pledge = try site.importActivePledge("dora@example.org")
        try site.succeed("reminder add --email dora@example.org --in month")
        let id = try #require(try site.answer("supporter show dora@example.org")["id"])
        let updated = try site.answer(
            "supporter update \(id) --email Dora.New@example.org --country DE --name", "Dóra N.")
        #expect(updated["email"] == "Dora.New@example.org" && updated["name"] == "Dóra N.")
        #expect(try site.run("supporter show dora@example.org").code == 65)

        let held = try site.answer("supporter export \(id)")
        #expect(held["email"] == "Dora.New@example.org")
        for part in ["pledges", "payment_methods", "reminders", "mails"] {
            #expect(held.count(part) == 1, "\(part)")
        }
        #expect((held.count("events") ?? 0) >= 4)

        #expect(try site.run("supporter erase \(id)").code == 65)
        let erased = try site.answer("supporter erase \(id) --yes")
        #expect(!erased.has("email") && !erased.has("name") && erased.has("erased_at"))
        #expect(try site.answer("pledge show \(pledge)")["state"] == "cancelled")
        let left = try site.succeed("supporter export \(id)").text
        for datum in ["Dora", "Dóra", "dora", "tok_active", "4242"] {
            #expect(!left.contains(datum), "\(datum)")
        }
        #expect(try site.run("supporter show Dora.New@example.org").code == 65)
        try site.succeed("doctor")
    }

    @Test(arguments: [
        "supporter add --email -", "reminder add --email -", "supporter show -",
        "suppression add --email -", "suppression remove --email -",
        "pledge register --amount 5.00 --currency EUR --method-token tok --email -",
    ])
    func `an address is read from standard input, where no history keeps it`(
        _ words: String
    ) throws {
        let site = try Site.withBook()
        if words.hasPrefix("supporter show") {
            try site.succeed("supporter add --email eve@example.org")
        }
        if words.hasPrefix("suppression remove") {
            try site.succeed("suppression add --email eve@example.org")
        }
        try site.succeed(words, input: "eve@example.org\n")
        let silent = try site.run(words, input: "")
        #expect(silent.code == 65 && silent.complainsInOneLine, "\(silent.complaint)")
    }

    @Test func `an address is the same person however its case is written`() throws {
        let site = try Site.withBook()
        let id = try site.id("supporter add --email Fay@EXAMPLE.org")
        #expect(try site.answer("supporter show fay@example.ORG")["id"] == id)
        #expect(try site.answer("supporter show fay@example.org")["email"] == "Fay@EXAMPLE.org")
    }
}
