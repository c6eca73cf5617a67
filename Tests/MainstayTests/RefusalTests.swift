import Foundation
import Testing

/// Every refusal ends with its exit code and one line, and changes nothing.
@Suite struct RefusalTests {
    private static let pledge = "plg_01h455vb4pex5vsknk084sn02q"
    private static let charge = "chg_01h455vb4pex5vsknk084sn02q"

    @Test(arguments: [
        Refusal("an unknown noun", 64, "donation list"),
        Refusal("an unknown verb", 64, "pledge frobnicate"),
        Refusal("an unknown option", 64, "pledge list --colour red"),
        Refusal("an option without its value", 64, "pledge list --state"),
        Refusal("a value that no option takes", 64, "pledge list --state zombie"),
        Refusal("a format that does not exist", 64, "report supporters --format xlsx"),
        Refusal("a preset that does not exist", 64, "import active.csv --preset other"),
        Refusal("an output without a name", 64, "report supporters --output="),
        Refusal("a missing argument", 64, "pledge show"),
        Refusal("a missing option", 64, "pledge register --email a@example.org"),
        Refusal("one argument too many", 64, "doctor now"),
        Refusal("a malformed date", 64, "pledge pause \(pledge) --until 2027-02-30"),
        Refusal("a malformed time", 64, "event list --since yesterday"),
        Refusal("a backup without a name", 64, "backup"),
        Refusal("a restore of two files", 64, "restore a.backup b.backup"),
        Refusal("a key that is not a number", 64, "keys drop first"),
        Refusal("an export of the ring without a passphrase", 64, "keys export abroad.keys"),
        Refusal("a limit of zero", 64, "run reminders --limit 0"),
        Refusal("a retention with a limit", 64, "run retention --limit 5"),
        Refusal("a replay without an endpoint or delivery", 64, "webhook replay"),
        Refusal("a replay without a time", 64, "webhook replay --endpoint whe_1"),
        Refusal("a migration without a map", 64, "payment-method migrate --from a --to b"),
        Refusal("zero mails a day", 64, "\(migration) --to other --map m.csv --mails-per-day 0"),
        Refusal("a change without any option", 64, "pledge change \(pledge)"),
        Refusal("--until without --dry-run", 64, "run billing --until 2027-01-01"),
        Refusal("an unknown verdict", 64, "charge resolve \(charge) --as lost --note n"),
        Refusal("a verdict without a reason", 64, "charge resolve \(charge) --as succeeded"),
        Refusal("an unknown charge state", 64, "charge list --state open"),
        Refusal("a comparison without a processor", 64, "reconcile"),
        Refusal(
            "two dates for one reminder", 64,
            "reminder add --email a@example.org --in week --every 3"),
    ])
    func `wrong usage is 64`(_ refusal: Refusal) throws { try refusal.check() }

    @Test(arguments: [
        Refusal("an id of another kind", 65, "pledge show sup_01h455vb4pex5vsknk084sn02q"),
        Refusal("a malformed id", 65, "pledge show 17"),
        Refusal("an unknown id", 65, "pledge show \(pledge)"),
        Refusal("an unknown address", 65, "supporter show nobody@example.org"),
        Refusal("a malformed address", 65, "supporter add --email nobody"),
        Refusal(
            "an amount with an exponent", 65,
            "pledge register --email a@example.org --amount 1e3 --currency USD --method-token t"),
        Refusal(
            "an amount below the minimum", 65,
            "pledge register --email a@example.org --amount 1.99 --currency USD --method-token t"),
        Refusal(
            "a currency that is not taken", 65,
            "pledge register --email a@example.org --amount 5.00 --currency RUB --method-token t"),
        Refusal(
            "a card number for a token", 65,
            "pledge register --email a@example.org --amount 5.00 --currency USD "
                + "--method-token 4242424242424242"),
        Refusal(
            "a processor that nobody set up", 65,
            "pledge register --email a@example.org --amount 5.00 --currency USD "
                + "--method-token t --processor other"),
        Refusal("an unknown time zone", 65, "newsroom set --time-zone Mars/Olympus"),
        Refusal("a malformed --now", 65, "--now noon newsroom show"),
        Refusal("an unknown event type", 65, "event list --type pledge.stolen"),
        Refusal(
            "a proxy that is no address", 65, "serve",
            environment: ["MAINSTAY_HTTP_TRUSTED_PROXIES": "127.0.0.1:80"]),
        Refusal("an unknown scope", 65, "token create --name site --scopes pledges:all"),
        Refusal(
            "a token named like a card", 65,
            "token create --name 4242424242424242 --scopes pledges:read"),
        Refusal(
            "a token without an end", 65, "token create --name x --scopes jobs:read --days 9999"),
        Refusal("a receiver without TLS", 65, "webhook endpoint add --url http://example.org/"),
        Refusal("a malformed webhook URL", 65, "webhook endpoint add --url example"),
        Refusal(
            "a filter of no event", 65,
            "webhook endpoint add --url https://example.org/ --events donation.*"),
        Refusal(
            "an endpoint of nothing", 65, "webhook test whe_01h455vb4pex5vsknk084sn02q"),
        Refusal("a malformed head", 65, "audit verify --head 7"),
        Refusal(
            "an operator that is none", 65, "newsroom show",
            environment: ["MAINSTAY_MAIL_OPERATOR": "nobody"]),
        Refusal(
            "a retention of no time", 65, "run retention",
            environment: ["MAINSTAY_RETENTION_READER_DAYS": "0"]),
        Refusal(
            "a retention of more than a hundred years", 65, "run retention",
            environment: ["MAINSTAY_RETENTION_SUPPORTER_MONTHS": "1201"]),
        Refusal(
            "a retention of more days than a clock counts", 65, "run retention",
            environment: ["MAINSTAY_RETENTION_MAIL_DAYS": "9223372036854775807"]),
        Refusal(
            "a retention that is no number", 65, "run retention",
            environment: ["MAINSTAY_RETENTION_DELIVERY_DAYS": "forever"]),
        Refusal("a pledge for a charge", 65, "charge show \(pledge)"),
        Refusal("an unknown charge id", 65, "charge show \(charge)"),
        Refusal("a payment for an unknown pledge", 65, "charge record \(pledge) --note cash"),
        Refusal(
            "a plan for yesterday", 65, "run billing --dry-run --until 2020-01-01", prepare: sandbox
        ),
        Refusal(
            "a plan for years", 65, "run billing --dry-run --until 2090-01-01", prepare: sandbox),
        Refusal("a refund of an unknown charge", 65, "charge refund \(charge)", prepare: sandbox),
        Refusal("another's books", 65, "reconcile --processor paypal", prepare: sandbox),
        Refusal("days in the wrong order", 65, "report charges --from 2026-02-01 --to 2026-01-01"),
        Refusal(
            "a bundle that is none", 65,
            "pledge register --email a@example.org --amount 5.00 --currency USD "
                + "--method-token t --collect-every 4"),
        Refusal(
            "a ceiling that is none", 65, "run billing",
            environment: ["MAINSTAY_BILLING_DAILY_MAX": "USD"]),
        Refusal(
            "two ceilings of one currency", 65, "run billing",
            environment: ["MAINSTAY_BILLING_DAILY_MAX": "USD=1,USD=2"]),
        Refusal(
            "a key that is none of Stripe's", 65, "run billing",
            environment: ["MAINSTAY_STRIPE_SECRET_KEY": "pk_test_1"]),
        Refusal(
            "a signing secret without a key", 65, "run billing",
            environment: ["MAINSTAY_STRIPE_WEBHOOK_SECRET": "whsec_1"]),
        Refusal("erasing without a yes", 65, "supporter erase sup_01h455vb4pex5vsknk084sn02q"),
        Refusal("panic without a yes", 65, "panic"),
        Refusal("a book for a backup", 65, "verify book.db"),
        Refusal("a device for a backup", 65, "verify /dev/zero"),
        Refusal("a text for a backup", 65, "--database new.db restore letter") {
            try $0.write("letter", "mainstay backup 2\n{}\n")
            try FileManager.default.copyItem(atPath: $0.ring, toPath: $0.file("new.db.keys"))
        },
        Refusal("a folder for a file", 65, "import folder") { try makeFolder("folder", $0) },
        Refusal("a device for a file", 65, "import /dev/zero"),
        Refusal("a folder for a database", 65, "--database folder newsroom show") {
            try makeFolder("folder", $0)
        },
        Refusal(
            "no path for a database", 65, "newsroom show",
            environment: ["MAINSTAY_DATABASE": ""]),
        Refusal("malformed settings", 65, "--config settings.yaml newsroom show") {
            try $0.write("settings.yaml", "mail: [unclosed")
        },
        Refusal(
            "a supporters' file as a map of tokens", 65,
            "\(migration) --to other --map active.csv"),
        Refusal("an empty map", 65, "\(migration) --to other --map empty.csv") {
            try $0.write("empty.csv", "")
        },
        Refusal(
            "a migration to the same processor", 65, "\(migration) --to sandbox --map active.csv"),
        Refusal("a malformed processor name", 65, "\(migration) --to Other! --map active.csv"),
        Refusal("a key that is not in the ring", 65, "keys drop 9"),
        Refusal("a passphrase that nobody named", 65, "keys protect"),
        Refusal("an empty passphrase for the ring", 65, "keys protect \(option)") {
            try $0.write("passphrase", "\n")
        },
        Refusal("a text for a ring", 65, "--database new.db keys import letter \(option)") {
            try $0.write("letter", "{}")
            try $0.write("passphrase", "correct horse\n")
        },
        Refusal("an empty passphrase", 65, "--database other.db init", environment: passphrase) {
            try $0.write("passphrase", "\n")
        },
    ])
    func `bad data is 65`(_ refusal: Refusal) throws { try refusal.check() }

    @Test(arguments: [
        Refusal("a missing database", 66, "--database missing.db newsroom show"),
        Refusal("a missing key ring", 66, "newsroom show") {
            try FileManager.default.removeItem(atPath: $0.ring)
        },
        Refusal(
            "a missing key ring that was named", 66, "newsroom show",
            environment: ring("gone.keys")),
        Refusal("a missing backup", 66, "verify missing.backup"),
        Refusal("a restore without the key ring", 66, "--database new.db restore kept.backup") {
            try $0.succeed("backup kept.backup --quiet")
        },
        Refusal("a missing import", 66, "import missing.csv"),
        Refusal("a missing map", 66, "\(migration) --to other --map missing.csv"),
        Refusal("a missing file of settings", 66, "--config missing.yaml newsroom show"),
        Refusal("a missing exported ring", 66, "--database new.db keys import gone \(option)") {
            try $0.write("passphrase", "correct horse\n")
        },
        Refusal("a missing passphrase for a ring", 66, "keys export abroad.keys \(option)"),
        Refusal("a missing passphrase", 66, "newsroom show", environment: passphrase) {
            try $0.protectBook()
            try FileManager.default.removeItem(atPath: $0.file("passphrase"))
        },
    ])
    func `a missing file is 66`(_ refusal: Refusal) throws { try refusal.check() }

    @Test(arguments: [
        Refusal("another engine", 69, "--database postgres://localhost/book newsroom show"),
        Refusal(
            "mail without an address for its links", 69, "run mail",
            environment: ["MAINSTAY_MAIL_TRANSPORT": "sendmail"]),
    ])
    func `a service that is not there is 69`(_ refusal: Refusal) throws { try refusal.check() }

    @Test(arguments: [
        Refusal("a report into a missing folder", 73, "report supporters --output gone/a.csv"),
        Refusal("a report over a folder", 73, "report supporters --output folder") {
            try makeFolder("folder", $0)
        },
        Refusal("bad rows into a missing folder", 73, "import active.csv --errors gone/a.csv"),
        Refusal("bad rows over a folder", 73, "import active.csv --errors folder") {
            try makeFolder("folder", $0)
        },
        Refusal(
            "bad rows of a map into a missing folder", 73,
            "\(migration) --to other --map active.csv --errors gone/a.csv"),
        Refusal("a backup into a missing folder", 73, "backup gone/a.backup"),
        Refusal("a backup over a file", 73, "backup mine") { try $0.write("mine", "mine") },
        Refusal("a restore over a book", 73, "restore kept.backup") {
            try $0.succeed("backup kept.backup --quiet")
        },
        Refusal("a restore over the log of a former book", 73, "restore kept.backup") {
            try $0.succeed("backup kept.backup --quiet")
            try FileManager.default.removeItem(atPath: $0.database)
            try $0.write("book.db-wal", "log")
        },
        Refusal(
            "a restore into a missing folder", 73, "--database gone/b.db restore kept.backup",
            environment: ring("book.db.keys")
        ) { try $0.succeed("backup kept.backup --quiet") },
        Refusal("a ring over a ring", 73, "keys import abroad.keys \(option)") {
            try $0.write("passphrase", "correct horse\n")
            try $0.succeed("keys export abroad.keys --quiet \(option)")
        },
        Refusal("a ring over a file", 73, "keys export mine \(option)") {
            try $0.write("mine", "mine")
            try $0.write("passphrase", "correct horse\n")
        },
        Refusal("a ring into a missing folder", 73, "keys export gone/a.keys \(option)") {
            try $0.write("passphrase", "correct horse\n")
        },
        Refusal("a report over the book", 73, "report supporters --output book.db"),
        Refusal("a report over the ring", 73, "report supporters --output ./book.db.keys"),
        Refusal("a report over a link to the ring", 73, "report supporters --output link") {
            try FileManager.default.createSymbolicLink(
                atPath: $0.file("link"), withDestinationPath: $0.ring)
        },
        Refusal("bad rows over their own file", 73, "import rows.csv --errors rows.csv") {
            try $0.write("rows.csv", "email\nnobody\n")
        },
        Refusal("a book over a book", 73, "init"),
        Refusal("a book over a lone key ring", 73, "init") {
            try FileManager.default.removeItem(atPath: $0.database)
        },
        Refusal("a book over a lone database", 73, "init") {
            try FileManager.default.removeItem(atPath: $0.ring)
        },
        Refusal("a book into a missing folder", 73, "--database gone/book.db init"),
        Refusal(
            "a key ring into a missing folder", 73, "--database new.db init",
            environment: ring("gone/new.keys")),
        Refusal(
            "a sandbox in a missing folder", 73, "run billing",
            environment: ["MAINSTAY_SANDBOX_FILE": "gone/sandbox"]),
    ])
    func `an output that cannot be made is 73`(_ refusal: Refusal) throws { try refusal.check() }
}

/// Makes the Sandbox's file, as an earlier command would have.
@Sendable private func sandbox(_ site: Site) throws { try site.write("book.db.sandbox", "") }

private let option = "--passphrase-file passphrase"

private let migration = "payment-method migrate --from sandbox"

private let passphrase = ["MAINSTAY_KEYS_PASSPHRASE_FILE": "passphrase"]

private func ring(_ path: String) -> [String: String] { ["MAINSTAY_KEYS": path] }

private func makeFolder(_ name: String, _ site: Site) throws {
    try FileManager.default.createDirectory(
        atPath: site.file(name), withIntermediateDirectories: false)
}

extension Site {
    /// Replaces the book with one whose ring has a passphrase.
    func protectBook() throws {
        for path in [database, ring] { try FileManager.default.removeItem(atPath: path) }
        try write("passphrase", "correct horse\n")
        try succeed("init --quiet", environment: passphrase)
    }
}
