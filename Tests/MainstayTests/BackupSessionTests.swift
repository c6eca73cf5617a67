import Foundation
import Testing

/// The built program backs up a book in use, verifies the backup, and restores it elsewhere.
@Suite struct BackupSessionTests {
    private static let now = "--now \(rehearsal)"

    private static func furnished() throws -> Site {
        let site = try Site.withBook()
        try site.makeSupporters(500)
        try site.succeed("\(now) import supporters.csv --quiet")
        return site
    }

    /// Names in the folder that only an interrupted step could have left.
    private static func leftovers(_ site: Site) throws -> [String] {
        try site.names().filter { name in
            [".tmp", ".copy", ".new", "-wal", "-shm", "-journal"].contains { name.hasSuffix($0) }
        }
    }

    @Test(arguments: ["", pass])
    func `what was backed up is restored to the last byte of its report`(
        _ option: String
    ) throws {
        let site = try Self.furnished()
        try site.write("passphrase", "correct horse\n")
        let report = try site.succeed("report supporters").output
        let made = try site.answer("\(Self.now) backup kept.backup \(option)")
        #expect(made["file"] == "kept.backup" && made["sha256"]?.count == 64)
        #expect(made.number("supporters") == (try site.count("SELECT count(*) FROM supporters")))
        #expect(made.number("events") == (try site.count("SELECT count(*) FROM events")))
        #expect(try site.mode(site.file("kept.backup")) == 0o600)
        let bytes = Data(try site.read("kept.backup"))
        #expect(bytes.range(of: Data("SQLite format 3".utf8)) == nil)

        // Later changes are not in it.
        try site.succeed("supporter add --email later@example.org")
        let checks = try site.answers("verify kept.backup \(option)")
        #expect(checks.count > 8 && checks.allSatisfy { !$0.has("cure") })

        let elsewhere = ["MAINSTAY_KEYS": site.ring]
        let restored = try site.succeed(
            "--json --database new.db restore kept.backup \(option)", environment: elsewhere)
        let answer = try Answer(restored.text)
        #expect(answer["database"] == "new.db" && answer["sha256"] == made["sha256"])
        #expect(try site.mode(site.file("new.db")) == 0o600)
        let again = try site.succeed(
            "--database new.db report supporters", environment: elsewhere)
        #expect(again.output == report)
        // No job has run since, and yet it is a copy.
        let held = try site.run("--json --database new.db doctor", environment: elsewhere)
        let unsound = try held.lines.map { try Answer($0) }.filter { $0.has("cure") }
        #expect(held.code == 1 && unsound.map { $0["check"] } == ["copy"], "\(held.text)")
        try site.succeed("--database new.db release --yes", environment: elsewhere)
        try site.succeed("--database new.db doctor", environment: elsewhere)
        #expect(try Self.leftovers(site).isEmpty)
    }

    @Test func `backups that are made while others write are each sound`() throws {
        let site = try Self.furnished()
        let writers = try (0..<12).map {
            try site.start("supporter add --email writer\($0)@example.org")
        }
        for number in 0..<4 { try site.succeed("backup \(number).backup --quiet") }
        for writer in writers {
            let ending = try writer.wait()
            #expect(ending.code == 0, "\(ending.complaint)")
        }
        for number in 0..<4 { try site.succeed("verify \(number).backup --quiet") }
        #expect(try Self.leftovers(site).isEmpty)
    }

    @Test(arguments: [
        Refusal("a backup with a byte changed", 65, "verify kept.backup") { site in
            var bytes = try site.backup()
            bytes[bytes.count / 2] ^= 1
            try site.write("kept.backup", bytes)
        },
        Refusal("a backup cut short", 65, "verify kept.backup") {
            try $0.write("kept.backup", Array($0.backup().dropLast(1)))
        },
        Refusal("a backup with more at its end", 65, "verify kept.backup") {
            try $0.write("kept.backup", $0.backup() + [0])
        },
        Refusal("a passphrase for a backup without one", 65, "verify kept.backup \(pass)") {
            _ = try $0.backup()
            try $0.write("passphrase", "correct horse")
        },
        Refusal("a backup cut short, restored", 65, "restore kept.backup") {
            try $0.write("kept.backup", Array($0.backup().dropLast(1)))
            try FileManager.default.removeItem(atPath: $0.database)
        },
        Refusal(
            "the ring of another book", 77, "verify kept.backup",
            environment: ["MAINSTAY_KEYS": "other.db.keys"]
        ) { site in
            _ = try site.backup()
            try site.succeed("--database other.db init --quiet")
        },
        Refusal(
            "the ring of another book, restored", 77, "--database new.db restore kept.backup",
            environment: ["MAINSTAY_KEYS": "other.db.keys"]
        ) { site in
            _ = try site.backup()
            try site.succeed("--database other.db init --quiet")
        },
        Refusal("no passphrase", 77, "verify kept.backup") { site in
            try site.write("passphrase", "correct horse")
            _ = try site.backup(pass)
        },
        Refusal("a wrong passphrase", 77, "verify kept.backup \(pass)") { site in
            try site.write("passphrase", "correct horse")
            _ = try site.backup(pass)
            try site.write("passphrase", "incorrect horse")
        },
    ])
    func `a backup that does not open is refused, and nothing is left`(
        _ refusal: Refusal
    ) throws { try refusal.check() }

    @Test func `a backup of damaged data is made, found unsound, and not restored`() throws {
        let site = try Self.furnished()
        _ = try site.query(
            "DELETE FROM events WHERE subject_id = (SELECT max(id) FROM supporters)")
        _ = try site.backup()
        let ending = try site.run("--json verify kept.backup")
        #expect(ending.code == 1 && ending.complaint == "error: 1 check(s) failed\n")
        let wrong = try ending.lines.map { try Answer($0) }.filter { $0.has("cure") }
        #expect(wrong.map { $0["check"] } == ["every version has its event"])
        let restoring = try site.run(
            "--database new.db restore kept.backup", environment: ["MAINSTAY_KEYS": site.ring])
        #expect(restoring.code == 65 && restoring.complainsInOneLine, "\(restoring.complaint)")
        #expect(try !site.names().contains("new.db"))
        #expect(try Self.leftovers(site).isEmpty)
    }
}

extension Site {
    /// Makes kept.backup and returns its bytes.
    fileprivate func backup(_ option: String = "") throws -> [UInt8] {
        try succeed("backup kept.backup --quiet \(option)")
        return try read("kept.backup")
    }
}

private let pass = "--passphrase-file passphrase"
