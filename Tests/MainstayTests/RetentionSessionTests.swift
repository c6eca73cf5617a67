import Testing

/// Retention, as an operator sees it.
@Suite struct RetentionSessionTests {
    private static let sent = "2026-11-29T12:00:00Z"
    private static let before = "2026-12-06T11:59:59.999Z"
    private static let border = "2026-12-06T12:00:00Z"
    private static let members = [
        "forgotten_readers", "forgotten_supporters", "mails", "links", "outbox_files",
        "deliveries", "answers",
    ]

    /// A reader whose one reminder went out, and a supporter.
    private static func reminded() throws -> Site {
        let site = try Site.withBook()
        try site.importActivePledge()
        try site.succeed("--now \(rehearsal) reminder add --email gone@example.org --in week")
        try site.succeed("--now \(sent) run reminders")
        return site
    }

    @Test func `a reader is forgotten a week after the reminder, a supporter is not`() throws {
        let site = try Self.reminded()
        #expect(try site.names(in: site.outbox).count == 1)
        let early = try site.answer("--now \(Self.before) run retention")
        for member in Self.members { #expect(early.number(member) == 0, "\(member)") }

        let rehearsed = try site.answer("--now \(Self.border) run retention --dry-run")
        #expect(rehearsed.number("forgotten_readers") == 1)
        #expect(try site.names(in: site.outbox).count == 1)
        try site.succeed("supporter show gone@example.org")

        let done = try site.answer("--now \(Self.border) run retention")
        for member in Self.members {
            #expect(done.number(member) == rehearsed.number(member), "\(member)")
        }
        #expect(try site.run("supporter show gone@example.org").code == 65)
        try site.succeed("supporter show active@example.org")
        #expect(try site.names(in: site.outbox).isEmpty)
        #expect(try site.count("SELECT count(*) FROM mail_messages") == 0)
        #expect(try site.count("SELECT count(*) FROM mail_links") == 1)
        let erased = try site.answers("event list --type supporter.erased")
        #expect(erased.map { $0["actor"] } == ["job:retention"])

        let again = try site.answer("--now \(Self.border) run retention")
        for member in Self.members { #expect(again.number(member) == 0, "\(member)") }
        try site.succeed("doctor")
    }

    @Test func `every time is a setting, from the environment or a file`() throws {
        let site = try Self.reminded()
        let now = "--now 2026-12-02T12:00:00Z --json"
        let dry = "run retention --dry-run"
        #expect(try Answer(site.succeed("\(now) \(dry)").text).number("forgotten_readers") == 0)
        let ending = try site.succeed(
            "\(now) \(dry)", environment: ["MAINSTAY_RETENTION_READER_DAYS": "3"])
        #expect(try Answer(ending.text).number("forgotten_readers") == 1)

        try site.write("times.yaml", "retention:\n  reader_days: 3\n  mail_days: 1\n")
        let shown = try Answer(site.succeed("\(now) --config times.yaml \(dry)").text)
        #expect(shown.number("forgotten_readers") == 1)
        #expect(shown.number("mails") == 1 && shown.number("outbox_files") == 1)

        let settings = try site.answers("doctor").filter { $0["setting"] != nil }
        let standard = Dictionary(
            uniqueKeysWithValues: settings.map { ($0["setting"] ?? "", $0["value"] ?? "") })
        #expect(standard["retention.reader_days"] == "7")
        #expect(standard["retention.supporter_months"] == "24")
        #expect(standard["retention.mail_days"] == "30")
        #expect(standard["retention.delivery_days"] == "90")
        #expect(standard["retention.answer_days"] == "30")
    }

    @Test func `a supporter is forgotten two years after leaving, the amount is not`() throws {
        let site = try Site.withBook()
        let pledge = try site.importActivePledge("left@example.org")
        try site.succeed("--now \(rehearsal) pledge cancel \(pledge) --reason mistake")
        let late = "--now 2028-11-23T00:00:00Z"
        let kept = try site.answer("--now 2028-11-22T23:59:59Z run retention")
        #expect(kept.number("forgotten_supporters") == 0)
        #expect(try site.answer("\(late) run retention").number("forgotten_supporters") == 1)
        #expect(try site.run("supporter show left@example.org").code == 65)
        let shown = try site.answer("pledge show \(pledge)")
        #expect(shown["state"] == "cancelled" && shown.text("amount", "amount") == "5.00")
        try site.succeed("doctor")
    }
}
