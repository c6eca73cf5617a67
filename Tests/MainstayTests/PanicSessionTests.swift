import Foundation
import Glibc
import TestSupport
import Testing

/// `panic` destroys the keys at once, and every later command says so.
@Suite struct PanicSessionTests {
    private static let panic = "--now \(rehearsal) panic --yes"
    private static let line = """
        error: the keys of this book were destroyed at 2026-11-22T12:00:00.000Z: its names, \
        addresses and tokens cannot be read; for totals and ids use 'mainstay report supporters \
        --without-personal-data'; to bring the keys back, import an exported ring by \
        'mainstay keys import'

        """

    // MARK: Afterwards

    @Test(arguments: [
        "newsroom show", "newsroom set --name New", "supporter list", "pledge list",
        "supporter add --email new@example.org", "report supporters", "event list", "migrate",
        "import active.csv", "run reminders", "run mail", "run billing", "run webhooks",
        "run retention", "run seal", "webhook endpoint list", "audit verify", "release --yes",
        "backup new.backup",
    ])
    func `every command says in one line what became of the keys`(_ words: String) throws {
        let site = try Site.withBook()
        try site.importActivePledge()
        try site.succeed(Self.panic)
        let before = try site.snapshot()
        let ending = try site.run(words)
        #expect(ending.code == 77)
        #expect(ending.complaint == Self.line)
        #expect(ending.text.isEmpty)
        #expect(try site.snapshot() == before)
    }

    @Test(arguments: ["csv", "json", "jsonl"])
    func `the report without personal data has the same bytes as before`(_ form: String) throws {
        let site = try Site.withBook()
        try site.makeSupporters(3_000)
        try site.succeed("--now \(rehearsal) import supporters.csv --quiet")
        let words = "report supporters --without-personal-data --format \(form)"
        let before = try site.succeed(words).output
        #expect(before.count > 100_000)
        try site.succeed(Self.panic)
        #expect(try site.succeed(words).output == before)
    }

    @Test func `doctor finds it, and goes on with what needs no key`() throws {
        let site = try Site.withBook()
        try site.succeed("doctor")
        try site.succeed(Self.panic)
        let ending = try site.run("--json doctor")
        #expect(ending.code == 1 && ending.complaint.hasSuffix("1 check(s) failed\n"))
        let keys = try #require(ending.lines.first { $0.contains("\"check\":\"keys\"") })
        #expect(keys.contains("2026-11-22T12:00:00.000Z"))
        #expect(ending.lines.count { $0.contains("\"sound\":true") } > 3)
    }

    @Test func `init makes no new ring in its place`() throws {
        let site = try Site.withBook()
        try site.succeed(Self.panic)
        let ending = try site.run(
            "--database other.db init", environment: ["MAINSTAY_KEYS": site.ring])
        #expect(ending.code == 73 && ending.complainsInOneLine, "\(ending.complaint)")
    }

    @Test func `another book's marker is refused as a ring of another book`() throws {
        let site = try Site.withBook()
        try site.succeed("--database other.db init --quiet")
        try site.succeed("--database other.db panic --yes")
        let ending = try site.run(
            "report supporters --without-personal-data",
            environment: ["MAINSTAY_KEYS": "other.db.keys"])
        #expect(ending.code == 77 && ending.complaint.contains("belongs to another book"))
    }

    // MARK: What is destroyed

    @Test func `ring, mails and temporary files go, and what is out of reach is said`() throws {
        let site = try Site.withBook()
        try site.succeed("reminder add --email a@example.org --every 3")
        try site.succeed("run mail")
        try site.write("book.db.outbox/letter.txt", "mine")
        for name in ["book.db.keys.77.tmp", "report.csv.77.tmp"] {
            try site.write(name, "half")
            try #require(chmod(site.file(name), 0o600) == 0)
        }
        let done = try site.answer(Self.panic)
        #expect(done["ring"] == "destroyed")
        #expect(done.number("mails_removed") == 1)
        #expect(done.number("temporary_files_removed") == 2)
        #expect(done.count("failures") == 0 && (done.count("out_of_reach") ?? 0) > 5)
        #expect(try site.names(in: site.outbox) == ["letter.txt"])
        #expect(try site.mode(site.ring) == 0o600)
        #expect(try !site.names().contains { $0.hasSuffix(".tmp") })

        let again = try site.run(Self.panic)
        #expect(again.code == 0 && again.complaint.contains("destroyed before"))
        for word in ["SSD", "mailboxes", "bank", "passphrase", "webhook"] {
            #expect(again.text.contains(word))
        }
    }

    @Test func `a ring with a passphrase goes without it`() throws {
        let site = try Site.withBook()
        try site.protectBook()
        #expect(try site.answer(Self.panic)["ring"] == "destroyed")
        #expect(try site.run("newsroom show").complaint == Self.line)
    }

    @Test func `neither a ring nor a book that opens is needed`() throws {
        let site = try Site.withBook()
        try site.succeed("reminder add --email a@example.org --every 3")
        try site.succeed("run mail")
        try FileManager.default.removeItem(atPath: site.ring)
        try site.write("book.db", "no database")
        let done = try site.run(Self.panic)
        #expect(done.code == 0 && done.complaint.contains("There is no key ring at"))
        #expect(try site.names(in: site.outbox).isEmpty)
        #expect(try site.read("book.db") == Array("no database".utf8))
    }

    // MARK: Live processes

    @Test func `commands that hold the keys end`() throws {
        let hanging = try HangingSite()
        let running = try [hanging.start(), hanging.start()]
        try hanging.waitForRequest()
        // The second has nothing to send and may have ended by itself.
        let done = try hanging.site.answer(Self.panic)
        #expect((1...2).contains(done.number("processes_stopped") ?? 0))
        #expect(done.count("processes_left") == 0)
        let endings = try running.map { try $0.wait() }
        // 77 if it ended by itself, no code if it had to be killed.
        #expect(endings.contains { $0.code == 77 || $0.code == nil })
        #expect(try hanging.site.run("newsroom show").complaint == Self.line)
    }

    @Test func `a command that is told to end says why`() throws {
        let hanging = try HangingSite()
        let running = try hanging.start()
        try hanging.waitForRequest()
        try #require(kill(running.pid, SIGUSR1) == 0)
        let ending = try running.wait()
        #expect(ending.code == 77 && ending.complainsInOneLine, "\(ending.complaint)")
    }

    @Test func `a command that does not listen is killed`() throws {
        let hanging = try HangingSite()
        let running = try hanging.start()
        try hanging.waitForRequest()
        try #require(kill(running.pid, SIGSTOP) == 0)
        #expect(try hanging.site.answer(Self.panic).number("processes_stopped") == 1)
        #expect(try running.wait().code == nil)
    }

    @Test func `a command that holds keys leaves no core dump`() throws {
        let hanging = try HangingSite()
        let program = try Program.path()
        let running = try hanging.site.start(
            command: ["sh", "-c", "ulimit -c unlimited; exec \(program) run webhooks"],
            environment: ["MAINSTAY_DATABASE": hanging.site.database])
        try hanging.waitForRequest()
        let limits = try String(contentsOfFile: "/proc/\(running.pid)/limits", encoding: .utf8)
        let core = try #require(
            limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
        let filter = try String(
            contentsOfFile: "/proc/\(running.pid)/coredump_filter", encoding: .utf8)
        #expect(Int(filter.trimmingCharacters(in: .whitespacesAndNewlines), radix: 16) == 0)
        running.kill()
        _ = try running.wait()
    }
}

/// A book whose webhook is due at a receiver that does not answer for a long time.
private struct HangingSite {
    let site: Site
    private let receiver: WebhookReceiver

    init() throws {
        site = try Site.withBook()
        receiver = try WebhookReceiver()
        try site.succeed(
            "webhook endpoint add --allow-http --allow-private --url",
            receiver.url("slow?seconds=120"))
        try site.succeed("supporter add --email one@example.org")
    }

    func start() throws -> RunningProgram { try site.start("run webhooks") }

    func waitForRequest() throws {
        for _ in 0..<2_000 {
            if try !receiver.requests().isEmpty { return }
            usleep(5_000)
        }
        throw Unexpected("no request came")
    }
}
