import Foundation
import Glibc
import Testing

/// A dry run keeps nobody waiting, and nothing of it stays.
@Suite struct DryRunSessionTests {
    private static let reminders = 100_000
    private static let stops = 8

    @Test func `readers register while a dry run of 100,000 reminders stands still`() throws {
        let site = try Site.withBook()
        let rows = (0..<Self.reminders).map { "asked\($0)@example.org,2026-12-10\n" }
        try site.write("due.csv", "email,remind_on\n" + rows.joined())
        try site.succeed("--now \(rehearsal) import due.csv --quiet")

        let dryRun = try site.start("--now 2026-12-11T12:00:00Z --json run reminders --dry-run")
        for _ in 0..<6_000 where try !copyExists(site) { usleep(10_000) }
        try #require(try copyExists(site))
        for number in 0..<Self.stops {
            // A process that is stopped gives back no lock, however long the others wait.
            _ = Glibc.kill(dryRun.pid, SIGSTOP)
            try site.succeed(
                "--now \(rehearsal) pledge register --email reader\(number)@example.org"
                    + " --amount 5.00 --currency USD --method-token tok --quiet")
            #expect(try copyExists(site), "the dry run was over before stop \(number)")
            _ = Glibc.kill(dryRun.pid, SIGCONT)
            usleep(200_000)
        }
        let ending = try dryRun.wait()
        try #require(ending.code == 0, "\(ending.complaint)")
        #expect(try Answer(ending.text).number("claimed") == Self.reminders)

        #expect(try !copyExists(site))
        #expect(try site.count("SELECT count(*) FROM pledges") == Self.stops)
        #expect(
            try site.count("SELECT count(*) FROM mail_messages WHERE reminder_id IS NOT NULL") == 0)
        #expect(
            try site.count("SELECT count(*) FROM reminders WHERE state = 'scheduled'")
                == Self.reminders)
    }

    private func copyExists(_ site: Site) throws -> Bool {
        try site.names().contains { $0.contains(".scratch-") }
    }
}
