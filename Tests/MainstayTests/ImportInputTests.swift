import Foundation
import Testing

/// Which files can be imported, and what is reported about them.
@Suite struct ImportInputTests {
    private static let now = "--now \(rehearsal)"

    @Test(arguments: [
        Refusal("an empty file", 65, "import input.csv") { try $0.write("input.csv", "") },
        Refusal("only a byte order mark", 65, "import input.csv") {
            try $0.write("input.csv", [0xEF, 0xBB, 0xBF])
        },
        Refusal("an unknown column", 65, "import input.csv") {
            try $0.write("input.csv", "email,shoe_size\na@example.org,44\n")
        },
        Refusal("a duplicate column", 65, "import input.csv") {
            try $0.write("input.csv", "email,name,email\na@example.org,A,b@example.org\n")
        },
        Refusal("no column for the address", 65, "import input.csv") {
            try $0.write("input.csv", "name\nA\n")
        },
        Refusal("UTF-16, little-endian", 65, "import input.csv") {
            try $0.write("input.csv", utf16("email,name\na@example.org,A\n", bigEndian: false))
        },
        Refusal("UTF-16, big-endian", 65, "import input.csv") {
            try $0.write("input.csv", utf16("email,name\na@example.org,A\n", bigEndian: true))
        },
        Refusal("bytes that are not text", 65, "import input.csv") {
            try $0.write("input.csv", (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 197) })
        },
        Refusal("another form", 64, "import active.csv --preset patreon"),
    ])
    func `a file that cannot be imported is refused whole`(_ refusal: Refusal) throws {
        try refusal.check()
    }

    @Test func `a header and no row imports nothing`() throws {
        let site = try Site.withBook()
        try site.write("input.csv", "email,name\r\n")
        let before = try site.snapshot()
        let summary = try site.answer("import input.csv")
        #expect(summary.number("rows") == 0 && summary.number("imported") == 0)
        #expect(try site.snapshot() == before)
    }

    @Test func `unknown columns are left out when that is said`() throws {
        let site = try Site.withBook()
        try site.write("input.csv", "shoe_size,email,name\n44,a@example.org,Ann\n")
        let summary = try site.answer("import input.csv --ignore-unknown")
        #expect(summary.number("imported") == 1)
        #expect(try site.answer("supporter show a@example.org")["name"] == "Ann")
    }

    @Test(arguments: ["\n", "\r\n"])
    func `CRLF and LF are accepted, also without a final line end and with a byte order mark`(
        _ lineEnd: String
    ) throws {
        let site = try Site.withBook()
        let rows = ["email,name", "a@example.org,\"A\"\"B, C\"", "", "b@example.org,Bé"]
        try site.write("input.csv", "\u{FEFF}" + rows.joined(separator: lineEnd))
        #expect(try site.answer("import input.csv").number("imported") == 2)
        #expect(try site.answer("supporter show a@example.org")["name"] == "A\"B, C")
        #expect(try site.answer("supporter show b@example.org")["name"] == "Bé")
    }

    @Test func `bytes that are no UTF-8 make a bad row, and the others go in`() throws {
        let site = try Site.withBook()
        let text = Array("email,name\na@example.org,".utf8) + [0xFF, 0xFE]
        try site.write("input.csv", text + Array("\nb@example.org,B\n".utf8))
        let ending = try site.run("--json import input.csv")
        #expect(ending.code == 65)
        #expect(try Answer(ending.text).number("imported") == 1)
        #expect(ending.text.contains(#""line":2,"column":"name""#))
    }

    @Test func `the messy file gives exactly the bad rows that are expected of it`() throws {
        let site = try Site.withBook()
        let messy = fixture("supporters-messy.csv")
        let words = "\(Self.now) --json import \(messy) --errors errors.csv"
        let dry = try site.run("\(words) --dry-run")
        #expect(dry.code == 65)
        #expect(try site.answers("supporter list").isEmpty)

        let ending = try site.run(words)
        #expect(ending.code == 65)
        #expect(
            ending.complaint.hasSuffix(
                "error: 18 bad row(s) left out; correct them and import the file again\n"))
        try site.write("summary.json", ending.output)
        try site.python(
            "check_messy.py",
            [
                fixture("supporters-messy.expected.json"), site.file("summary.json"),
                site.file("errors.csv"),
            ])
        // No value is repeated, neither on the screen nor in the list.
        let told =
            ending.text + ending.complaint
            + String(decoding: try site.read("errors.csv"), as: UTF8.self)
        for value in ["not-an-address", "1e3", "4242", "0566", "Mars", "zombie", "pan@"] {
            #expect(!told.contains(value), "\(value)")
        }
        // Importing again changes nothing, and the same rows are bad.
        let before = try site.count("SELECT count(*) FROM events")
        let again = try Answer(try site.run(words).text)
        #expect(again.number("imported") == 0 && again.number("known") == 5)
        #expect(again.number("bad") == 18)
        #expect(try site.count("SELECT count(*) FROM events") == before)
    }

    @Test func `a dry run says what the import then does, and changes nothing`() throws {
        let site = try Site.withBook()
        try site.makeSupporters(400)
        let before = try site.snapshot()
        let rehearsed = try site.succeed("\(Self.now) --json import supporters.csv --dry-run")
        #expect(try site.snapshot() == before)
        let imported = try site.succeed("\(Self.now) --json import supporters.csv")
        #expect(rehearsed.output == imported.output)
        #expect(try Answer(imported.text).number("imported") == 400)
    }

    @Test(arguments: [("", 200), ("\"", 100)])
    func `a line of hundreds of megabytes is one bad row, and memory stays small`(
        _ quote: String, _ megabytes: Int
    ) throws {
        let site = try Site.withBook()
        try site.write("input.csv", "email,name\n\(quote)")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: site.file("input.csv")))
        try handle.seekToEnd()
        let piece = Data(repeating: UInt8(ascii: "x"), count: 1_000_000)
        for _ in 0..<megabytes { try handle.write(contentsOf: piece) }
        try handle.write(contentsOf: Data("\nb@example.org,B\n".utf8))
        try handle.close()
        let ending = try site.run("--json import input.csv")
        #expect(ending.code == 65)
        let summary = try Answer(ending.text)
        #expect(summary.number("bad") == 1 && summary.number("imported") == 1)
        // A small process starts it, because a program inherits the peak of the process that starts
        // it.
        let peak = try site.python(
            "peak_memory.py",
            [try Program.path(), "--database", site.database, "import", site.file("input.csv")])
        #expect(try #require(Int(peak.dropLast())) < 128 * 1_024)
    }
}

private func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
    ("\u{FEFF}" + text).utf16.flatMap { unit in
        let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
        return bigEndian ? bytes : bytes.reversed()
    }
}
