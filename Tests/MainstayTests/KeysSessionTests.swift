import Foundation
import Testing

/// The built program rotates the ring's keys, exports the ring and imports it.
@Suite struct KeysSessionTests {
    private static let now = "--now \(rehearsal)"
    private static let option = "--passphrase-file passphrase"

    private static func furnished() throws -> Site {
        let site = try Site.withBook()
        try site.makeSupporters(1_000)
        try site.succeed("\(now) import supporters.csv --quiet")
        try site.write("passphrase", "correct horse\n")
        return site
    }

    /// Names in the folder that only an interrupted step could have left.
    private static func leftovers(_ site: Site) throws -> [String] {
        try site.names().filter { $0.hasSuffix(".tmp") || $0.hasSuffix(".new") }
    }

    // MARK: Rotation

    @Test func `a key is rotated and dropped, and everything is as it was`() throws {
        let site = try Self.furnished()
        let report = try site.succeed("report supporters").output
        let events = try site.count("SELECT count(*) FROM events")
        try site.succeed("backup before.backup --quiet")
        let before = try site.answers("keys list")
        #expect(before.map { $0["purpose"] } == ["seal", "hash", "link"])
        #expect(before.allSatisfy { $0["state"] == "current" })
        let sealed = try #require(before.first?.number("sealed"))
        #expect(sealed > 1_000 && (before[1].number("hashes") ?? 0) > 1_000)

        let refused = try site.run("keys drop 1")
        #expect(refused.code == 1 && refused.complainsInOneLine, "\(refused.complaint)")
        let rotated = try site.answer("\(Self.now) keys rotate")
        #expect(rotated.number("key") == 4 && rotated.number("resealed") == sealed)
        let after = try site.answers("keys list")
        #expect(after.map { $0.number("sealed") ?? -1 } == [0, -1, -1, sealed])
        #expect(after.map { $0["state"] } == ["old", "current", "current", "current"])
        #expect(try site.mode(site.ring) == 0o600)
        let dropped = try site.succeed("keys drop 1")
        #expect(dropped.complaint.contains("Backups"))

        #expect(try site.succeed("report supporters").output == report)
        #expect(try site.count("SELECT count(*) FROM events") == events)
        try site.succeed("doctor")
        try site.succeed("backup after.backup --quiet")
        try site.succeed("verify after.backup --quiet")
        let old = try site.run("verify before.backup")
        #expect(old.code == 77 && old.complainsInOneLine, "\(old.complaint)")
        #expect(try Self.leftovers(site).isEmpty)
    }

    @Test func `hashes are rotated, and rows of an import from before are known`() throws {
        let site = try Self.furnished()
        let people = try site.count("SELECT count(*) FROM supporters")
        let rotated = try site.answer("keys rotate --hashes")
        #expect(rotated.number("key") == 4 && rotated.number("rehashed") == people)
        let again = try site.answer("\(Self.now) import supporters.csv")
        #expect(again.number("imported") == 0)
        #expect(try site.count("SELECT count(*) FROM supporters") == people)
        let refused = try site.run("keys drop 2")
        #expect(refused.code == 1 && refused.complaint.contains("in imported_rows"))
        try site.succeed("doctor")
    }

    @Test func `a rotation is killed again and again, and finished`() throws {
        let site = try Self.furnished()
        var seed = Seed("rotation")
        let begun = ContinuousClock.now
        try site.succeed("keys rotate --quiet")
        let duration = ContinuousClock.now - begun
        for _ in 0..<10 {
            let running = try site.start("keys rotate --quiet")
            sleep(for: duration * seed.fraction())
            running.kill()
            _ = try running.wait()
            try site.succeed("doctor --quiet")
        }
        try site.succeed("keys rotate --resume --quiet")
        let keys = try site.answers("keys list").filter { $0["purpose"] == "seal" }
        #expect(keys.dropLast().allSatisfy { $0.number("sealed") == 0 }, "\(seed)")
        #expect(keys.last?["state"] == "current", "\(seed)")
        for key in keys.dropLast() {
            let id = try #require(key.number("id"))
            try site.succeed("keys drop \(id) --quiet")
        }
        try site.succeed("doctor")
    }

    @Test func `others write while a key is rotated, and all of it stands under the new one`()
        throws
    {
        let site = try Self.furnished()
        let rotation = try site.start("keys rotate --quiet")
        let writers = try (0..<12).map {
            try site.start("supporter add --email writer\($0)@example.org")
        }
        for running in [rotation] + writers {
            let ending = try running.wait()
            #expect(ending.code == 0, "\(ending.complaint)")
        }
        #expect(try site.answers("keys list").first?.number("sealed") == 0)
        try site.succeed("keys drop 1 --quiet")
        try site.succeed("doctor")
    }

    // MARK: The passphrase

    @Test func `a ring is protected, rotated under its passphrase, and unlocked`() throws {
        let site = try Site.withBook()
        try site.write("passphrase", "correct horse\n")
        let setting = ["MAINSTAY_KEYS_PASSPHRASE_FILE": "passphrase"]
        try site.succeed("keys protect \(Self.option)")
        #expect(try site.run("newsroom show").code == 77)
        try site.succeed("newsroom show", environment: setting)
        let again = try site.run("keys protect", environment: setting)
        #expect(again.code == 1 && again.complainsInOneLine, "\(again.complaint)")
        try site.succeed("keys rotate --quiet", environment: setting)
        #expect(try site.run("newsroom show").code == 77)

        try site.write("other", "another horse\n")
        try site.succeed("keys protect --passphrase-file other", environment: setting)
        #expect(try site.run("newsroom show", environment: setting).code == 77)
        #expect(try site.run("keys unlock").code == 77)
        try site.succeed("keys unlock --passphrase-file other")
        #expect(try site.run("keys unlock --passphrase-file other").code == 1)
        try site.succeed("doctor")
        #expect(try site.mode(site.ring) == 0o600)
    }

    @Test func `a passphrase comes from a credential of the service`() throws {
        let site = try Site.withBook()
        try FileManager.default.createDirectory(
            atPath: site.file("credentials"), withIntermediateDirectories: false)
        try site.write("credentials/mainstay-passphrase", "correct horse\n")
        try site.succeed("keys protect --passphrase-file credentials/mainstay-passphrase")
        let service = ["CREDENTIALS_DIRECTORY": site.file("credentials")]
        let doctor = try site.succeed("--json doctor", environment: service)
        let setting = try doctor.lines.map { try Answer($0) }.first {
            $0["setting"] == "keys.passphrase_file"
        }
        #expect(setting?["from"] == "credential")
        // A setting takes precedence over the credential.
        try site.write("wrong", "incorrect horse\n")
        let named = service.merging(["MAINSTAY_KEYS_PASSPHRASE_FILE": "wrong"]) { $1 }
        #expect(try site.run("newsroom show", environment: named).code == 77)
    }

    // MARK: Exported rings

    @Test func `a lost ring is restored from its export, under its passphrase`() throws {
        let site = try Self.furnished()
        let report = try site.succeed("report supporters").output
        let made = try site.answer("keys export abroad.keys \(Self.option)")
        #expect(made["file"] == "abroad.keys" && made.number("count") == 3)
        #expect(try site.mode(site.file("abroad.keys")) == 0o600)
        try FileManager.default.removeItem(atPath: site.ring)
        #expect(try site.run("newsroom show").code == 66)
        let brought = try site.answer("keys import abroad.keys \(Self.option)")
        #expect(brought["book"] == made["book"] && brought["keys"] == site.ring)
        #expect(try site.run("newsroom show").code == 77)
        try site.succeed("keys unlock \(Self.option)")
        #expect(try site.succeed("report supporters").output == report)
        try site.succeed("doctor")
        #expect(try Self.leftovers(site).isEmpty)
    }

    @Test func `an export from before a rotation is refused beside the book`() throws {
        let site = try Self.furnished()
        try site.succeed("keys export abroad.keys --quiet \(Self.option)")
        try site.succeed("keys rotate --quiet")
        try FileManager.default.moveItem(atPath: site.ring, toPath: site.file("present.keys"))
        let refused = try site.run("keys import abroad.keys \(Self.option)")
        #expect(refused.code == 77 && refused.complainsInOneLine, "\(refused.complaint)")
        #expect(refused.complaint.contains("older copy"))
        #expect(try !site.names().contains("book.db.keys"))
    }

    @Test func `a ring is imported before its book is there`() throws {
        let site = try Self.furnished()
        try site.succeed("keys export abroad.keys --quiet \(Self.option)")
        try site.succeed("backup kept.backup --quiet")
        for name in ["book.db", "book.db.keys"] {
            try FileManager.default.removeItem(atPath: site.file(name))
        }
        try site.succeed("keys import abroad.keys --quiet \(Self.option)")
        try site.succeed("keys unlock --quiet \(Self.option)")
        try site.succeed("restore kept.backup --quiet")
        try site.succeed("release --yes")
        try site.succeed("doctor")
    }
}
