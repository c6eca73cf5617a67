import Foundation
import Testing

/// Every workflow is run with marked personal data, which is then looked for in all that the
/// program said, logged, named and wrote.
@Suite struct RedactionTests {
    private static let mark = "zqxmark"

    /// What readers and staff give, each with the mark in it.
    private static let writing = [
        "supporter add --email zqxmark-b@example.org --name zqxmarkname --time-zone Europe/Berlin",
        "pledge register --email zqxmark-c@example.org --name zqxmarkname --amount 5.00 "
            + "--currency USD --method-token zqxmarktoken --brand zqxmarkbrand "
            + "--source zqxmarksource --idempotency-key zqxmarkkey",
        "pledge register --email zqxmark-c@example.org --name zqxmarkname --amount 5.00 "
            + "--currency USD --method-token zqxmarktoken --brand zqxmarkbrand "
            + "--source zqxmarksource --idempotency-key zqxmarkkey",
        "reminder add --email zqxmark-d@example.org --in week",
        "reminder add --email zqxmark-e@example.org --every 3",
        "suppression add --email zqxmark-f@example.org",
        "webhook endpoint add --url https://zqxmark.example.org/",
        "import people.csv --errors bad.csv",
    ]
    /// What jobs and operators do with it; nothing of this may show a person.
    private static let working = [
        "run reminders", "run mail", "run billing", "run webhooks", "run retention", "run seal",
        "event list", "webhook deliveries", "suppression list", "reminder list", "pledge list",
        "report supporters --without-personal-data", "doctor",
        "audit verify", "audit head", "backup kept.backup", "verify kept.backup", "risk show",
        "risk set FR warn", "risk designate --country RU --dry-run",
        "risk designate --country RU --yes", "migrate",
    ]
    /// Commands that are refused. No refusal repeats the mark.
    private static let refused = [
        "pledge register --email zqxmark-c@example.org --amount 5.00 --currency USD "
            + "--method-token zqxmarktoken",
        "pledge register --email zqxmark-g@mail.ru --amount 5.00 --currency USD --method-token t",
        "supporter add --email zqxmark-b@example.org", "supporter show zqxmark-x@example.org",
        "reminder add --email zqxmark-f@example.org", "supporter add --email zqxmark",
        "link follow zqxmarklink --wish confirm", "newsroom set --time-zone zqxmark",
    ]

    @Test func `no output, log, file name or file holds a person`() throws {
        let site = try Site.withBook()
        try site.write(
            "people.csv",
            """
            email,name,country,amount,currency,interval,method_token,remind_on
            zqxmark-h@example.org,zqxmarkname,DE,5.00,USD,month,zqxmarktoken2,
            zqxmark-i@example.org,zqxmarkname,DE,,,,,2027-02-01
            zqxmark-j@mail.ru,zqxmarkname,RU,5.00,USD,month,zqxmarktoken3,
            zqxmark,zqxmarkname,DE,,,,,2027-02-01

            """)
        let environment = ["MAINSTAY_LOG_LEVEL": "trace", "USER": "zqxmarkuser", "LOGNAME": ""]
        func run(_ words: String, at time: String = rehearsal) throws -> Ending {
            try site.run("--now \(time) \(words)", environment: environment)
        }
        var logs = ""
        for words in Self.writing { logs += try run(words).complaint }
        for words in Self.working + Self.refused {
            let ending = try run(words, at: "2026-11-30T12:00:00Z")
            logs += ending.complaint
            #expect(!ending.text.contains(Self.mark), "\(words)")
        }
        #expect(!logs.contains(Self.mark))
        #expect(logs.contains("run begins") && logs.contains("mail accepted"))
        // Mails in the outbox and the imported file may contain personal data.
        for name in try FileManager.default.subpathsOfDirectory(atPath: site.folder) {
            #expect(!name.contains(Self.mark), "\(name)")
            guard !name.hasSuffix(".eml"), name != "people.csv" else { continue }
            let bytes = (try? Data(contentsOf: URL(fileURLWithPath: site.file(name)))) ?? Data()
            #expect(bytes.range(of: Data(Self.mark.utf8)) == nil, "\(name)")
        }
        #expect(try site.names(in: site.outbox).count > 1)
    }
}
