import Foundation
import Testing

/// A file that is not a sound book of this program is recognised before anything in it is changed.
@Suite struct DamagedBookTests {
    @Test(arguments: [
        Refusal("a text for a database", 65, "newsroom show") {
            try $0.write("book.db", String(repeating: "This is a letter.\n", count: 100))
        },
        Refusal("an empty database", 65, "newsroom show") { try $0.write("book.db", "") },
        Refusal("a header cut short", 65, "newsroom show") {
            try $0.write("book.db", Array($0.read("book.db").prefix(99)))
        },
        Refusal("a header and nothing more", 65, "newsroom show") {
            try $0.write("book.db", Array($0.read("book.db").prefix(100)))
        },
        Refusal("two pages of many", 65, "newsroom show") {
            try $0.write("book.db", Array($0.read("book.db").prefix(8_192)))
        },
        Refusal("another program's database", 65, "newsroom show") { site in
            try FileManager.default.removeItem(atPath: site.database)
            _ = try site.query("CREATE TABLE notes (text TEXT)")
        },
        Refusal("a text for a key ring", 65, "newsroom show") {
            try $0.write("book.db.keys", "keys")
        },
        Refusal("an empty key ring", 65, "newsroom show") { try $0.write("book.db.keys", "") },
        Refusal("a key ring cut short", 65, "newsroom show") {
            try $0.write("book.db.keys", Array($0.read("book.db.keys").dropLast(40)))
        },
        Refusal("a folder for a key ring", 65, "newsroom show") {
            try FileManager.default.removeItem(atPath: $0.ring)
            try FileManager.default.createDirectory(
                atPath: $0.ring, withIntermediateDirectories: false)
        },
    ])
    func `a file that is no sound book is bad data`(_ refusal: Refusal) throws {
        try refusal.check()
    }

    @Test(arguments: [
        Refusal("a read of a newer book", 1, "pledge list") { try $0.makeNewer() },
        Refusal("a write to a newer book", 1, "newsroom set --name New") { try $0.makeNewer() },
        Refusal("a migration of a newer book", 1, "migrate") { try $0.makeNewer() },
    ])
    func `a book of a newer program is left alone`(_ refusal: Refusal) throws {
        try refusal.check()
    }

    @Test(arguments: [
        Refusal("no database at", 1, "--json doctor") {
            try FileManager.default.removeItem(atPath: $0.database)
        },
        Refusal("no key ring", 1, "--json doctor") {
            try FileManager.default.removeItem(atPath: $0.ring)
        },
        Refusal("is not an SQLite database", 1, "--json doctor") {
            _ = try $0.write("book.db", "A letter.")
        },
        Refusal("newer than this program's", 1, "--json doctor") { try $0.makeNewer() },
    ])
    func `doctor lists a book that does not open among its findings, with the settings`(
        _ finding: Refusal
    ) throws {
        let site = try Site.withBook()
        try finding.prepare(site)
        let reason = finding.testDescription
        let before = try site.snapshot()
        let ending = try site.run(finding.words)
        #expect(ending.code == finding.code)
        let lines = try ending.lines.map { try Answer($0) }
        let found = try #require(lines.first { $0["check"] == "book" })
        #expect(found["detail"]?.contains(reason) == true, "\(ending.text)")
        #expect(found.has("cure"))
        #expect(lines.contains { $0["setting"] == "database" && $0["from"] != nil })
        #expect(try site.snapshot() == before)
    }

    @Test func `doctor says which row was copied onto another`() throws {
        let site = try Site.withBook()
        try site.importActivePledge("one@example.org")
        try site.succeed("supporter add --email two@example.org")
        _ = try site.query(
            """
            UPDATE supporters SET sealed = (SELECT sealed FROM supporters ORDER BY id LIMIT 1)
            WHERE id = (SELECT max(id) FROM supporters)
            """)
        let ending = try site.run("doctor")
        #expect(ending.code == 1)
        #expect(ending.text.contains("sealed data"))
        #expect(!ending.text.contains("one@example.org"))
        #expect(ending.complaint.contains("error: 1 check(s) failed\n"))
    }

    @Test func `doctor sees a key ring that others can read, and says how to cure it`() throws {
        let site = try Site.withBook()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: site.ring)
        let ending = try site.run("--json doctor")
        #expect(ending.code == 1)
        let unsound = try ending.lines.map { try Answer($0) }.filter { $0.has("cure") }
        #expect(unsound.map { $0["check"] } == ["key ring"])
        #expect(unsound.first?["cure"] == "chmod 600 \(site.ring)")
    }
}

extension Site {
    fileprivate func makeNewer() throws {
        _ = try query("INSERT INTO schema_versions VALUES (999, 'of tomorrow', 1)")
    }
}
