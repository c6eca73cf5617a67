import Foundation
import Testing

/// The supporters' report of a book of 20,000 rows, read back by Python's csv in its strict mode.
@Suite struct ReportTests {
    private static let now = "--now \(rehearsal)"
    private static let withoutPledge =
        "SELECT count(*) FROM supporters WHERE id NOT IN (SELECT supporter_id FROM pledges)"

    @Test func `a report of 20,000 rows is whole, in order, and safe in a spreadsheet`() throws {
        let site = try Site.withBook()
        try site.makeSupporters(20_000)
        try site.succeed("\(Self.now) import supporters.csv --quiet")
        try site.write("formulas.csv", formulas)
        try site.succeed("\(Self.now) import formulas.csv --quiet")
        let pledges = try site.count("SELECT count(*) FROM pledges")
        let lone = try site.count(Self.withoutPledge)
        let supporters = try site.count("SELECT count(*) FROM supporters")
        #expect(pledges > 15_000 && lone > 3_000)

        try site.succeed("report supporters --output report.csv")
        let facts = try site.facts("report.csv")
        #expect(facts.number("rows") == pledges + lone)
        #expect(facts.number("supporters") == supporters)
        #expect(facts.number("pledges") == pledges)
        #expect(facts.number("neutralised") == formulaCount)
        // Every address and name of the file is there, unchanged.
        let files = [site.file("supporters.csv"), site.file("report.csv")]
        try site.python("compare_report.py", files)
        // A pipe gets the same bytes as a file.
        #expect(try site.succeed("report supporters").output == site.read("report.csv"))

        try checkStates(site)
        try checkPrivacy(site)
        try checkForms(site, rows: pledges + lone)
    }

    private func checkStates(_ site: Site) throws {
        for state in ["active", "pastDue", "paused", "cancelled", "lapsed", "completed"] {
            try site.write(
                "state.csv", try site.succeed("report supporters --state \(state)").output)
            let facts = try site.facts("state.csv")
            let wanted = try site.count("SELECT count(*) FROM pledges WHERE state = '\(state)'")
            #expect(wanted > 0 && facts.number("rows") == wanted, "\(state)")
            #expect(facts.number("state \(state)") == wanted, "\(state)")
        }
        let none = try site.succeed("report supporters --state abandoned")
        #expect(none.text.hasPrefix("supporter_id,") && none.text.hasSuffix("open_reminder_on\r\n"))
    }

    private func checkPrivacy(_ site: Site) throws {
        let words = "report supporters --without-personal-data"
        try site.write("bare.csv", try site.succeed(words).output)
        let facts = try site.facts("bare.csv")
        #expect(facts.number("rows") == (try site.facts("report.csv")).number("rows"))
        // The search itself works: it finds them all in this report.
        let search = [site.file("supporters.csv"), site.file("report.csv")]
        #expect((Int(try site.python("search.py", search).dropLast()) ?? 0) > 19_000)
        for form in ["csv", "json", "jsonl"] {
            try site.write("bare", try site.succeed("\(words) --format \(form)").output)
            let found = try site.python(
                "search.py", [site.file("supporters.csv"), site.file("bare")])
            #expect(found == "0\n", "\(form): \(found)")
        }
    }

    private func checkForms(_ site: Site, rows: Int) throws {
        try site.write("all.jsonl", try site.succeed("report supporters --format jsonl").output)
        #expect(try site.python("parse_json.py", ["lines", site.file("all.jsonl")]) == "\(rows)\n")
        try site.write("all.json", try site.succeed("report supporters --format json").output)
        #expect(try site.python("parse_json.py", ["value", site.file("all.json")]) == "1\n")
        let table = try site.succeed("report supporters --format table")
        #expect(table.lines.count == rows + 1)
    }

    @Test func `a report that is killed leaves what stood under its name, or the whole`() throws {
        let site = try Site.withBook()
        try site.makeSupporters(5_000)
        try site.succeed("\(Self.now) import supporters.csv --quiet")
        let begun = ContinuousClock.now
        try site.succeed("report supporters --output whole.csv")
        let duration = ContinuousClock.now - begun
        let whole = try site.read("whole.csv")
        var seed = Seed("report")
        var killed = 0
        for round in 0..<40 {
            let former = round.isMultiple(of: 2) ? Array("what stood here\n".utf8) : nil
            try? FileManager.default.removeItem(atPath: site.file("report.csv"))
            if let former { try site.write("report.csv", former) }
            let running = try site.start("report supporters --output report.csv")
            sleep(for: duration * seed.fraction())
            running.kill()
            if try running.wait().code == nil { killed += 1 }
            let found = try? site.read("report.csv")
            #expect(found == former || found == whole, "\(seed)")
        }
        #expect(killed >= 20, "\(seed)")
        try site.succeed("report supporters --output report.csv")
        #expect(try site.read("report.csv") == whole)
    }

    private static let formulaNames = [
        "=1+1", "+1+1", "-1-1", "@SUM(A1)", "\tcmd", "\ncmd", "=\"quoted\", and a comma",
    ]
    private var formulaCount: Int { Self.formulaNames.count }
    private var formulas: String {
        Self.formulaNames.enumerated().reduce("email,name\n") { text, entry in
            let quoted = entry.element.replacing("\"", with: "\"\"")
            return text + "formula\(entry.offset)@example.org,\"\(quoted)\"\n"
        }
    }
}

extension Site {
    fileprivate func facts(_ name: String) throws -> Answer {
        try Answer(try python("read_report.py", [file(name)]))
    }
}
