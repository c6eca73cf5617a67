import Testing
import Workflows

@testable import mainstay

/// A refusal names the field as the command line calls it.
@Suite struct FieldWordsTests {
    @Test(arguments: [
        ("pledge show 17", "pledge"), ("charge list --pledge 17", "--pledge"),
        ("webhook test 17", "endpoint"), ("webhook deliveries --endpoint 17", "--endpoint"),
        ("supporter show a@b@c", "supporter"), ("supporter add --email nobody", "--email"),
        (
            "pledge register --email a@example.org --amount 5.00 --currency USD --method-token t "
                + "--starts 2020-01-01", "--starts"
        ),
        (
            "pledge register --email a@example.org --amount 5.00 --currency USD --method-token t "
                + "--expires 5/28", "--expires"
        ),
        ("reminder add --email a@example.org --every 5", "--every"),
        ("reminder add --email a@example.org --on 2020-01-01", "--on"),
        ("risk set XX warn", "country"), ("risk designate --country XX --dry-run", "--country"),
        ("newsroom set --time-zone Mars/Olympus", "--time-zone"),
        ("report charges --from 2026-02-01 --to 2026-01-01", "--to"),
        ("report supporters --format table --output a.csv", "--format"),
        ("webhook endpoint add --url example", "--url"), ("audit verify --head 7", "--head"),
        ("event list --type pledge.stolen", "--type"), ("--now noon newsroom show", "--now"),
        (
            "pledge register --email a@example.org --amount 5.00 --currency USD --method-token t "
                + "--customer 4242424242424242", "--customer"
        ),
    ])
    func `a refusal names the option, or the argument`(words: String, name: String) throws {
        let site = try Site.withBook()
        let ending = try site.run(words)
        #expect(ending.code == 65 && ending.complainsInOneLine)
        #expect(ending.complaint.hasPrefix("error: \(name): "), "\(ending.complaint)")
    }

    @Test func `a setting keeps its name`() throws {
        let ending = try Site.withBook().run(
            "newsroom show", environment: ["MAINSTAY_MAIL_OPERATOR": "nobody"])
        #expect(ending.complaint == "error: mail.operator: is not an e-mail address\n")
    }

    @Test(arguments: [Problem.Field.billingDailyMax, .mailFrom])
    func `the settings that verbs name are there`(field: Problem.Field) {
        #expect(SettingKey(rawValue: field.onCommandLine) != nil)
    }
}
