import Foundation
import Testing

/// A job that is killed at any moment and run again has the same result as without a kill.
@Suite struct KillTests {
    private static let now = "--now \(rehearsal)"
    private static let importKills = 40
    private static let reminderKills = 200

    @Test func `an import killed again and again takes every row once`() throws {
        let undisturbed = try Site.withBook()
        try undisturbed.makeSupporters(20_000)
        let begun = ContinuousClock.now
        try undisturbed.succeed("\(Self.now) import supporters.csv --quiet")
        let duration = ContinuousClock.now - begun

        var seed = Seed("import")
        var killed = 0
        while killed < Self.importKills {
            let site = try Site.withBook()
            try site.write("supporters.csv", try undisturbed.read("supporters.csv"))
            // Short waits, so that most kills come before the end.
            while killed < Self.importKills {
                let running = try site.start("\(Self.now) import supporters.csv --quiet")
                sleep(for: duration / 15 * seed.fraction())
                running.kill()
                let ending = try running.wait()
                if ending.code == 0 { break }
                try #require(ending.code == nil, "\(ending) \(seed)")
                killed += 1
                if killed.isMultiple(of: 10) { try site.succeed("doctor") }
            }
            try site.succeed("\(Self.now) import supporters.csv --quiet")
            #expect(try site.totals() == undisturbed.totals(), "\(seed)")
            try site.succeed("doctor")
            let again = try site.answer("\(Self.now) import supporters.csv")
            #expect(again.number("imported") == 0 && again.number("known") == 20_000, "\(seed)")
            #expect(try site.totals() == undisturbed.totals(), "\(seed)")
        }
    }

    @Test func `reminders killed again and again are each sent once`() throws {
        var trial = try DueBook()
        let begun = ContinuousClock.now
        try trial.site.succeed(trial.nextRun())
        let duration = ContinuousClock.now - begun
        try trial.checkAllSentOnce("undisturbed")

        var seed = Seed("reminders")
        var killed = 0
        var books = 0
        while killed < Self.reminderKills {
            var due = try DueBook()
            books += 1
            while true {
                let running = try due.site.start(due.nextRun())
                // Two of three kills come near the start and the decisions, the third later, among
                // the mails.
                sleep(for: duration / (killed.isMultiple(of: 3) ? 3 : 15) * seed.fraction())
                if killed < Self.reminderKills { running.kill() }
                let ending = try running.wait()
                if ending.code == 0 { break }
                try #require(ending.code == nil, "\(ending) \(seed)")
                killed += 1
            }
            try due.checkAllSentOnce("\(seed)")
            // Nothing is left to do, and another run changes nothing.
            let idle = try Answer(try due.site.succeed(due.nextRun()).text)
            #expect(idle.number("claimed") == 0 && idle.number("sent") == 0, "\(seed)")
            try due.checkAllSentOnce("\(seed)")
        }
        print("\(killed) kills in \(books) books")
    }

    @Test(arguments: 1...3)
    func `two that run at once send each reminder once`(_ round: Int) throws {
        var due = try DueBook()
        let words = due.nextRun()
        let endings = try due.site.atOnce(2) { _ in words }
        for ending in endings { #expect(ending.code == 0, "\(ending.complaint)") }
        let answers = try endings.map { try Answer($0.text) }
        #expect(answers.reduce(0) { $0 + ($1.number("claimed") ?? 0) } == DueBook.count)
        #expect(answers.reduce(0) { $0 + ($1.number("sent") ?? 0) } == DueBook.count)
        try due.checkAllSentOnce("round \(round)")
    }

    @Test func `if one of two is killed, the other and a third send the rest`() throws {
        var seed = Seed("two")
        for _ in 0..<5 {
            var due = try DueBook()
            let words = due.nextRun()
            let running = try (0..<2).map { _ in try due.site.start(words) }
            sleep(for: .milliseconds(40 + seed.next(below: 300)))
            running[0].kill()
            for program in running { _ = try program.wait() }
            try due.site.succeed(due.nextRun())
            try due.checkAllSentOnce("\(seed)")
        }
    }
}

extension Site {
    /// Row counts of everything; ids and times differ from import to import.
    fileprivate func totals() throws -> [[String]] {
        let tables = ["supporters", "imported_rows"].map { "SELECT '\($0)', count(*) FROM \($0)" }
        let grouped = [
            ("payment_methods", "state"), ("pledges", "state"), ("reminders", "state"),
            ("events", "type"), ("pledges", "next_charge_on"), ("pledges", "amount_minor"),
            ("reminders", "due_on"),
        ].map { table, column in
            "SELECT '\(table) ' || \(column), count(*) FROM \(table) GROUP BY \(column)"
        }
        return try query((tables + grouped).joined(separator: " UNION ALL "))
    }
}
