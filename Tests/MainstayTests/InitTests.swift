import Foundation
import Glibc
import Testing

/// `init` makes a book and its ring, each complete and private, and never overwrites a file.
@Suite struct InitTests {
    @Test func `a new book opens, and stands alone with its ring`() throws {
        let site = try Site()
        let made = try site.answer("init")
        #expect(made["database"] == site.database)
        #expect(made["keys"] == site.ring)
        #expect(try site.names() == ["book.db", "book.db.keys"])
        #expect(try site.answer("newsroom show")["time_zone"] == "UTC")
        #expect(try site.names() == ["book.db", "book.db.keys", "book.db.keys.live"])
        #expect(try site.mode(site.ring + ".live") == 0o600)
    }

    @Test func `a second init changes nothing`() throws {
        let site = try Site.withBook()
        let before = try site.snapshot()
        let again = try site.run("init")
        #expect(again.code == 73 && again.complainsInOneLine, "\(again.complaint)")
        #expect(try site.snapshot() == before)
        try site.succeed("doctor")
    }

    @Test(arguments: ["book.db", "book.db.keys", "book.db-wal", "book.db-journal"])
    func `init goes over no file, whatever is in it`(_ name: String) throws {
        let site = try Site()
        try site.write(name, "mine")
        let ending = try site.run("init")
        #expect(ending.code == 73 && ending.complainsInOneLine, "\(ending.complaint)")
        #expect(try site.names() == [name])
        #expect(try site.read(name) == Array("mine".utf8))
    }

    @Test(arguments: ["book.db", "book.db.keys"])
    func `init goes over no link, even to nothing`(_ name: String) throws {
        let site = try Site()
        try FileManager.default.createSymbolicLink(
            atPath: site.file(name), withDestinationPath: "elsewhere")
        let ending = try site.run("init")
        #expect(ending.code == 73 && ending.complainsInOneLine, "\(ending.complaint)")
        #expect(try site.names() == [name])
    }

    @Test func `of eight at once exactly one makes the book, and it opens`() throws {
        for round in 1...5 {
            let site = try Site()
            let endings = try site.atOnce(8) { _ in "init --quiet" }
            #expect(endings.count { $0.code == 0 } == 1, "round \(round)")
            #expect(endings.count { $0.code == 73 && $0.complainsInOneLine } == 7, "round \(round)")
            #expect(try site.names() == ["book.db", "book.db.keys"], "round \(round)")
            try site.succeed("newsroom set --legal-name L --postal-address A")
            try site.succeed("doctor")
        }
    }

    @Test(arguments: ["000", "022", "077", "777"])
    func `book and ring are private whatever the umask`(_ mask: String) throws {
        let site = try Site()
        let program = try Program.path()
        let ending = try site.start(
            command: ["sh", "-c", "umask \(mask); exec \(program) init"],
            environment: ["MAINSTAY_DATABASE": site.database]
        ).wait()
        try #require(ending.code == 0, "\(ending.complaint)")
        #expect(try site.mode(site.database) == 0o600)
        #expect(try site.mode(site.ring) == 0o600)
    }

    @Test(arguments: ["000", "022", "077"])
    func `outbox, mails, reports and lists of errors are private whatever the umask`(
        _ mask: String
    ) throws {
        let site = try Site.withBook()
        try site.write("bad.csv", "email\nnobody\n")
        let program = try Program.path()
        let commands = [
            "umask \(mask)", "\(program) reminder add --email a@example.org --every 3",
            "\(program) run mail", "\(program) report supporters --output report.csv",
            "\(program) import bad.csv --errors errors.csv",
        ]
        _ = try site.start(
            command: ["sh", "-c", commands.joined(separator: ";")],
            environment: ["MAINSTAY_DATABASE": site.database]
        ).wait()
        #expect(try site.mode(site.outbox) == 0o700)
        let mails = try site.names(in: site.outbox)
        #expect(mails.count == 1)
        for mail in mails { #expect(try site.mode(site.outbox + "/" + mail) == 0o600) }
        #expect(try site.mode(site.file("report.csv")) == 0o600)
        #expect(try site.mode(site.file("errors.csv")) == 0o600)
    }

    @Test func `a book with a passphrase opens by it, its ring holds no key in clear`() throws {
        let site = try Site.withBook()
        let clear = try String(decoding: site.read("book.db.keys"), as: UTF8.self)
        #expect(clear.contains("secret"))
        try site.protectBook()
        let environment = ["MAINSTAY_KEYS_PASSPHRASE_FILE": "passphrase"]
        try site.succeed("newsroom show", environment: environment)
        #expect(try !String(decoding: site.read("book.db.keys"), as: UTF8.self).contains("secret"))
    }

    @Test func `init advises to keep the ring elsewhere, unless it is there already`() throws {
        let site = try Site()
        #expect(try site.succeed("init").complaint.contains("MAINSTAY_KEYS"))
        try FileManager.default.createDirectory(
            atPath: site.file("keys"), withIntermediateDirectories: false)
        let apart = try site.succeed(
            "--database second.db init", environment: ["MAINSTAY_KEYS": "keys/second.keys"])
        #expect(apart.complaint.isEmpty)
    }
}
