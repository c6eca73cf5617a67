import Foundation
import Testing

/// An operator moves readers from a processor that dropped the newsroom to another one.
@Suite struct MigrateSessionTests {
    private static let migrate =
        "--now \(rehearsal) payment-method migrate --from sandbox --to stripe --map map.csv"

    /// Three readers who pay at "sandbox" by tok_a, tok_b and tok_c.
    private static func site() throws -> Site {
        let site = try Site.withBook()
        let rows = ["a", "b", "c"].map {
            "\($0)@example.org,5.00,USD,month,2026-01-31,2026-11-30,active,tok_\($0)\n"
        }
        try site.write(
            "readers.csv",
            "email,amount,currency,interval,started_on,next_charge_on,state,method_token\n"
                + rows.joined())
        try site.succeed("--now \(rehearsal) import readers.csv --quiet")
        // Otherwise `doctor` asks for a review once a pledge is paid elsewhere than at the Sandbox.
        try site.succeed("risk set * allow")
        return site
    }

    @Test func `a map has a dry run, moves what it lists, and moves it once`() throws {
        let site = try Self.site()
        try site.write(
            "map.csv", "old_token,new_token,last4\ntok_a,pm_a,4444\ntok_b,pm_b,\ntok_z,pm_z,\n")
        let before = try site.succeed("--json payment-method list").output
        let plan = try site.answer("\(Self.migrate) --dry-run")
        #expect(try site.succeed("--json payment-method list").output == before)
        let done = try site.answer(Self.migrate)
        for (name, count) in [
            ("rows", 3), ("bad", 0), ("unused_rows", 1), ("methods", 3), ("matched", 2),
            ("moved_pledges", 2), ("unmatched_methods", 1), ("unmatched_pledges", 1),
            ("idle_methods", 0), ("mails", 0),
        ] {
            #expect(plan.number(name) == count && done.number(name) == count, "\(name)")
        }
        let methods = try site.answers("payment-method list")
        #expect(methods.count { $0["processor"] == "stripe" && $0["state"] == "active" } == 2)
        #expect(methods.count { $0["state"] == "replaced" } == 2)
        #expect(methods.count { $0["last4"] == "4444" } == 1)
        for pledge in try site.answers("pledge list") {
            #expect(pledge["state"] == "active" && pledge["next_charge_on"] == "2026-11-30")
        }
        let after = try site.succeed("--json payment-method list").output
        #expect(try site.answer(Self.migrate).number("unused_rows") == 3)
        #expect(try site.succeed("--json payment-method list").output == after)
        try site.succeed("--now \(rehearsal) doctor")
    }

    @Test func `readers left behind are counted, and asked on request`() throws {
        let site = try Self.site()
        try site.write("map.csv", "old_token,new_token\ntok_a,pm_a\n")
        let counted = try site.succeed(Self.migrate)
        #expect(counted.complaint.contains("2 live pledge(s) use methods that the map"))
        #expect(try site.answer("--now \(rehearsal) run mail").number("sent") == 0)
        let asked = try site.answer("\(Self.migrate) --ask-others --mails-per-day 1")
        #expect(asked.number("mails") == 2 && asked["last_mail_on"] == "2026-11-23")
        #expect(try site.answer("--now \(rehearsal) run mail").number("sent") == 1)
        #expect(try site.answer("\(Self.migrate) --ask-others").number("mails") == 0)
        #expect(
            try site.answer("--now 2026-11-23T12:00:00Z run mail").number("sent") == 1)
        let methods = try site.answers("payment-method list")
        #expect(methods.count { $0["state"] == "dead" } == 2)
        #expect(try site.answers("pledge list --state active").count == 3)
        try site.succeed("--now 2026-11-23T12:00:00Z doctor")
    }

    @Test func `bad rows are told by line and rule, end with 65, and ask nobody`() throws {
        let site = try Self.site()
        try site.write(
            "map.csv", "old_token,new_token\ntok_a,pm_a\ntok_b,\ntok_c,4242424242424242\n")
        let ending = try site.run("--json \(Self.migrate) --ask-others --errors errors.csv")
        #expect(ending.code == 65)
        #expect(
            ending.complaint.hasSuffix(
                "error: 2 bad row(s) left out; correct them and run the migration with the file "
                    + "again\n"))
        let answer = try Answer(ending.text)
        #expect(answer.number("matched") == 1 && answer.number("mails") == 0)
        #expect(answer.count("bad_rows") == 2)
        let errors = String(decoding: try site.read("errors.csv"), as: UTF8.self)
        let lines = errors.components(separatedBy: "\r\n")
        #expect(lines[0] == "line,column,rule" && lines.count == 4)
        #expect(lines[1].hasPrefix("3,new_token,") && lines[2].hasPrefix("4,new_token,"))
        let told = ending.text + ending.complaint + errors
        for value in ["tok_", "pm_", "42424242"] { #expect(!told.contains(value)) }
        #expect(try site.answers("payment-method list").count { $0["state"] == "dead" } == 0)
    }
}
