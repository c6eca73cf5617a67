import Foundation
import Testing

/// Results are printed on standard output, everything else on standard error, and any program can
/// read the JSON.
@Suite struct OutputFormTests {
    private static let now = "--now \(rehearsal)"

    /// A site in which every noun has something to show.
    private static func furnished() throws -> (Site, ids: [String: String]) {
        let site = try Site.withBook()
        let pledge = try site.importActivePledge()
        var ids = ["PLEDGE": pledge]
        // Nothing listens there. The events of the reminder are delivered to it.
        ids["ENDPOINT"] = try site.id(
            "webhook endpoint add --url https://127.0.0.1:1/ --allow-private")
        let shown = try site.answer("pledge show \(pledge)")
        ids["TOKEN"] = try site.id("token create --name site --scopes pledges:read")
        ids["SUPPORTER"] = shown["supporter_id"]
        ids["METHOD"] = shown["payment_method_id"]
        try site.write("map.csv", "old_token,new_token\ntok_active,tok_new\n")
        // One charge that is paid, and one in doubt.
        for token in ["tok_paid", "sandbox_lost_request"] {
            try site.succeed(
                "\(now) pledge register --email \(token)@example.org --amount 5.00 "
                    + "--currency USD --method-token \(token)")
        }
        try site.succeed("\(now) run billing --quiet")
        ids["CHARGE"] = try site.answers("charge list --state succeeded").first?["id"]
        ids["DOUBT"] = try site.answers("charge list --state unknown").first?["id"]
        ids["REMINDER"] = try site.id("\(now) reminder add --email rem@example.org --in week")
        try site.succeed("suppression add --email no@example.org")
        try site.succeed("risk set FR allow")
        try site.succeed("--now \(rehearsal) backup kept.backup --quiet")
        try FileManager.default.copyItem(
            atPath: site.ring, toPath: site.file("restored.db.keys"))
        try site.succeed("\(now) run seal")
        // A former key that no value uses, and an exported ring.
        try site.succeed("\(now) keys rotate --quiet")
        try site.write("passphrase", "correct horse\n")
        try site.succeed("keys export kept.keys --passphrase-file passphrase --quiet")
        try FileManager.default.copyItem(
            atPath: site.file("kept.keys"), toPath: site.file("locked.db.keys"))
        return (site, ids)
    }

    private static let reading = [
        "newsroom show", "supporter list", "supporter show SUPPORTER",
        "supporter export SUPPORTER", "pledge list", "pledge show PLEDGE", "payment-method list",
        "payment-method show METHOD", "reminder list", "reminder show REMINDER",
        "suppression list", "event list", "report supporters", "report charges", "report payouts",
        "report balance --month 2026-11",
        "charge list", "charge show CHARGE", "run reconcile --dry-run", "doctor",
        "migrate --dry-run",
        "migrate", "run reminders --dry-run", "run billing --dry-run", "run mail --dry-run",
        "run webhooks --dry-run", "run retention --dry-run", "run seal --dry-run", "status",
        "webhook endpoint list", "token list", "webhook deliveries",
        "webhook endpoint show ENDPOINT",
        "verify kept.backup", "risk show", "risk designate --country RU --dry-run", "audit head",
        "audit verify", "keys list",
        "payment-method migrate --from sandbox --to stripe --map map.csv --dry-run",
    ]
    private static let writing = [
        "newsroom set --name New", "supporter add --email new@example.org",
        "supporter update SUPPORTER --name New", "supporter erase SUPPORTER --yes",
        "pledge register --email new@example.org --amount 5.00 --currency USD --method-token t",
        "pledge change PLEDGE --amount 4.00", "pledge change PLEDGE --receipts yearly",
        "charge refund CHARGE", "charge resolve DOUBT --as notReceived --note seen",
        "charge record PLEDGE --note cash", "run reconcile", "reconcile --processor sandbox",
        "pledge pause PLEDGE --until 2027-01-01",
        "pledge cancel PLEDGE --reason mistake", "reminder add --email new@example.org",
        "payment-method add SUPPORTER --method-token t",
        "payment-method replace METHOD --method-token t",
        "payment-method remove METHOD --cancel-pledges", "reminder cancel REMINDER",
        "payment-method migrate --from sandbox --to stripe --map map.csv --ask-others",
        "suppression add --email new@example.org", "suppression remove --email no@example.org",
        "import active.csv", "import active.csv --dry-run",
        "report supporters --output report.jsonl", "--database other.db init",
        "run reminders", "run reminders --no-delivery", "run billing", "run mail",
        "risk set DE warn", "risk designate --country RU --yes", "run seal", "run all",
        "run webhooks",
        "run retention",
        "webhook endpoint add --url https://example.org/",
        "token create --name site --scopes pledges:read,reports:read", "token revoke TOKEN",
        "webhook endpoint update ENDPOINT --events pledge.*", "webhook endpoint rotate ENDPOINT",
        "webhook endpoint enable ENDPOINT", "webhook endpoint disable ENDPOINT",
        "webhook endpoint remove ENDPOINT",
        "webhook replay --endpoint ENDPOINT --since 2020-01-01T00:00:00Z", "backup new.backup",
        "--database restored.db restore kept.backup", "keys rotate", "keys rotate --hashes",
        "keys rotate --resume", "keys drop 1", "keys protect --passphrase-file passphrase",
        "keys export new.keys --passphrase-file passphrase",
        "--database locked.db keys unlock --passphrase-file passphrase",
        "--database gone.db keys import kept.keys --passphrase-file passphrase", "panic --yes",
    ]
    private static let lists = [
        "list", "status", "risk show", "doctor", "report supporters", "report charges",
        "report payouts",
        "migrate", "deliveries", "reconcile --processor sandbox",
    ]

    @Test(arguments: reading + writing)
    func `every command answers in JSON that others parse, and says the rest elsewhere`(
        _ words: String
    ) throws {
        let (site, ids) = try Self.furnished()
        let ending = try site.succeed("--json \(Self.now) " + Self.fill(words, ids))
        let isList =
            Self.lists.contains { words.hasSuffix($0) } || words.hasPrefix("migrate")
            || words.hasPrefix("verify")
        try site.write("answer.json", ending.output)
        let parsed = try site.python(
            "parse_json.py", [isList ? "lines" : "value", site.file("answer.json")])
        if !isList { #expect(parsed == "1\n") }
    }

    @Test(arguments: reading + writing)
    func `root options stand before the verb or after it, and quiet makes no remarks`(
        _ words: String
    ) throws {
        let (site, ids) = try Self.furnished()
        let options = "--json --quiet \(Self.now)"
        let filled = Self.fill(words, ids)
        let before = try site.succeed("\(options) \(filled)")
        #expect(before.complaint.isEmpty, "\(before.complaint)")
        guard Self.reading.contains(words) else { return }
        let after = try site.succeed("\(filled) \(options)")
        #expect(after.output == before.output)
        #expect(after.complaint.isEmpty, "\(after.complaint)")
        let named = try site.succeed("\(filled) \(options) --database", site.database)
        #expect(Self.results(named) == Self.results(before))
        let withScheme = try site.succeed("--database sqlite:\(site.database) \(options) \(filled)")
        #expect(Self.results(withScheme) == Self.results(before))
    }

    /// Without the settings, which show where the database was named.
    private static func results(_ ending: Ending) -> [String] {
        ending.lines.filter { !$0.hasPrefix("{\"setting\"") }
    }

    @Test(arguments: reading + ["help", "--version", "--help", "pledge --help"])
    func `a pipe gets no escape sequence, with and without NO_COLOR`(_ words: String) throws {
        let (site, ids) = try Self.furnished()
        for environment in [[:], ["NO_COLOR": "1"], ["TERM": "xterm-256color"]] {
            let ending = try site.succeed(
                "\(Self.now) " + Self.fill(words, ids), environment: environment)
            #expect(!ending.output.contains(0x1B) && !ending.complaints.contains(0x1B))
            #expect(!ending.output.isEmpty || words.hasPrefix("migrate"))
        }
    }

    @Test(arguments: ["report supporters --format", "--json report supporters --format"])
    func `the report takes all its forms`(_ words: String) throws {
        let (site, _) = try Self.furnished()
        let csv = try site.succeed("\(words) csv").text
        #expect(csv.hasPrefix("supporter_id,email,name,") && csv.hasSuffix("\r\n"))
        try site.write("report.json", try site.succeed("\(words) json").output)
        #expect(try site.python("parse_json.py", ["value", site.file("report.json")]) == "1\n")
        try site.write("report.jsonl", try site.succeed("\(words) jsonl").output)
        #expect(try site.python("parse_json.py", ["lines", site.file("report.jsonl")]) == "4\n")
        #expect(try site.succeed("\(words) table").lines.count == 5)
    }

    @Test func `control characters of a name reach no terminal`() throws {
        let site = try Site.withBook()
        try site.write("odd.csv", "email,name\nodd@example.org,\"One\nTwo\"\n")
        try site.succeed("import odd.csv")
        #expect(try site.succeed("supporter list").lines.count == 2)
        #expect(try site.answer("supporter show odd@example.org")["name"] == "One\nTwo")
    }

    private static func fill(_ words: String, _ ids: [String: String]) -> String {
        ids.reduce(words) { $0.replacing($1.key, with: $1.value) }
    }
}
