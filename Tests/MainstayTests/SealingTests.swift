import Foundation
import Testing

/// The database without its ring reveals no name, address or token.
@Suite struct SealingTests {
    private static let now = "--now \(rehearsal)"

    @Test func `no imported address, name or token stands in the files of a book`() throws {
        let site = try Site.withBook()
        try site.makeSupporters(20_000)
        // The search itself works: it finds them in the imported file.
        #expect(try site.found(in: [site.file("supporters.csv")]) > 19_000)
        try site.checkSealed("before")

        // The import is killed on the way, so that the log is not merged yet.
        let running = try site.start("\(Self.now) import supporters.csv --quiet")
        while try site.size(site.database + "-wal") < 2_000_000 { usleep(5_000) }
        running.kill()
        #expect(try running.wait().code == nil)
        #expect(try site.size(site.database + "-wal") > 0)
        try site.checkSealed("a killed import")
        try site.succeed("\(Self.now) import supporters.csv --quiet")
        try site.checkSealed("an import")

        let later = "--now 2026-11-28T12:00:00Z"
        let sent = try site.answer("\(later) run reminders --limit 200")
        #expect((sent.number("sent") ?? 0) >= 100)
        try site.checkSealed("reminders")
        let mails = try site.names(in: site.outbox)
        #expect(mails.count == sent.number("sent"))
        let id = /msg_[0-7][0-9a-hjkmnp-tv-z]{25}\.eml/
        for mail in mails { #expect(mail.wholeMatch(of: id) != nil, "\(mail)") }
        // The mails themselves hold addresses, and the search sees those that are not encoded.
        #expect(try site.found(in: mails.map { site.outbox + "/" + $0 }) > mails.count / 2)
    }

    @Test func `what the command line takes is sealed, too`() throws {
        let site = try Site.withBook()
        try site.succeed(
            """
            pledge register --email secret.ida@example.org --amount 5.00 --currency EUR \
            --method-token tok_secret_ida --customer cus_secret --mandate mandatesecret \
            --brand brandsecret --idempotency-key keysecretida --source sourcesecret --name
            """, "Ida Secretname")
        let known = try site.answer("supporter show secret.ida@example.org")
        let export = try site.succeed("supporter export \(try #require(known["id"])) --json").text
        #expect(export.contains("cus_secret") && export.contains("mandatesecret"))
        try site.succeed("reminder add --email secret.ida@example.org --every 3")
        try site.succeed("run mail")
        try site.succeed("suppression add --email secret.jo@example.org")
        let id = try #require(try site.answer("supporter show secret.ida@example.org")["id"])
        try site.succeed("supporter update \(id) --email secret.kim@example.org")
        let bytes = try site.bookFiles().reduce([]) { try $0 + site.bytes(of: $1) }
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        #expect(text.contains(id))
        for secret in [
            "secret.", "tok_secret", "cus_secret", "mandatesecret", "brandsecret", "keysecret",
            "sourcesecret", "secretname",
            "tester",
        ] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }

    @Test func `a forgotten person's sealed data is gone from the file, too`() throws {
        let site = try Site.withBook()
        try site.importActivePledge()
        let sealed = try site.query(
            """
            SELECT lower(hex(sealed)) FROM supporters
            UNION SELECT lower(hex(sealed)) FROM payment_methods
            """
        ).map { $0[0] }
        #expect(sealed.count == 2)
        let id = try #require(try site.answers("supporter list").first?["id"])
        func standing() throws -> Int {
            let files = try site.bookFiles().map { path in
                try site.bytes(of: path).map { byte in
                    String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
                }.joined()
            }
            return sealed.count { blob in files.contains { $0.contains(blob) } }
        }
        #expect(try standing() == 2)
        try site.succeed("supporter erase \(id) --yes")
        #expect(try standing() == 0)
    }
}

extension Site {
    fileprivate func bookFiles() -> [String] {
        [database, database + "-wal", database + "-shm"].filter {
            FileManager.default.fileExists(atPath: $0)
        }
    }

    fileprivate func bytes(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    fileprivate func size(_ path: String) throws -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? Int) ?? 0
    }

    fileprivate func found(in paths: [String]) throws -> Int {
        let text = try python("search.py", [file("supporters.csv")] + paths)
        return try #require(Int(text.dropLast()))
    }

    fileprivate func checkSealed(_ moment: String) throws {
        #expect(try found(in: bookFiles()) == 0, "after \(moment)")
    }
}
