import Glibc
import Testing

@testable import Workflows

@Suite struct CSVReaderTests {
    @Test(arguments: [
        ("a,b\n1,2\n", ["1 a|b", "2 1|2"]), ("a,b\r\n1,2\r\n", ["1 a|b", "2 1|2"]),
        ("a,b\r1,2\r", ["1 a|b", "2 1|2"]), ("a,b", ["1 a|b"]), ("a,b\r", ["1 a|b"]),
        ("", []), ("\n\r\n\r", []), ("\n\na\n", ["3 a"]), ("a\r\r\rb", ["1 a", "4 b"]),
        (",\n", ["1 |"]), ("a,\n,b", ["1 a|", "2 |b"]),
    ])
    func `lines end with CRLF, LF or CR, the last needs no end, and empty ones are ignored`(
        text: String, expected: [String]
    ) throws {
        #expect(try records(text) == expected)
    }

    @Test(arguments: [
        ("\"a,b\",c\n", ["1 a,b|c"]), ("\"a\nb\",c\nd\n", ["1 a\nb|c", "3 d"]),
        ("\"a\r\nb\"\r\nc", ["1 a\r\nb", "3 c"]), ("\"a\rb\"\rc", ["1 a\rb", "3 c"]),
        ("\"say \"\"hi\"\"\"\n", ["1 say \"hi\""]), ("\"\"\"\"", ["1 \""]), ("\"\",x", ["1 |x"]),
        ("a\"b,c\n", ["1 a\"b|c"]), (" \"a\"\n", ["1  \"a\""]),
    ])
    func `a quoted field may hold commas, line ends and quotes`(
        text: String, expected: [String]
    ) throws {
        #expect(try records(text) == expected)
    }

    @Test func `a byte order mark is not part of the first field`() throws {
        #expect(try records("\u{FEFF}a,b\n") == ["1 a|b"])
        #expect(try records("a\n\u{FEFF}b\n") == ["1 a", "2 \u{FEFF}b"])
    }

    @Test(
        arguments: [
            [0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61], [0xFF, 0xFE],
        ] as [[UInt8]])
    func `a file in UTF-16 is refused with what to do`(bytes: [UInt8]) throws {
        let problem = #expect(throws: Problem.self) { try records(bytes) }
        #expect(problem?.message.contains("UTF-8") == true)
    }

    @Test(arguments: [
        ("\"a\"b,c\nd\n", ["1 ! text after a closing quote", "2 d"]),
        ("x,\"a\" \nd\n", ["1 ! text after a closing quote", "2 d"]),
        ("\"a\"b", ["1 ! text after a closing quote"]),
        ("\"a\"b\r\nd\r\n", ["1 ! text after a closing quote", "2 d"]),
        ("\"a\"b\rd\r", ["1 ! text after a closing quote", "2 d"]),
    ])
    func `text after a closing quote costs its own line alone`(
        text: String, expected: [String]
    ) throws {
        #expect(try records(text) == expected)
    }

    @Test(arguments: [
        ("a,\"b\nc,d\ne,f\n", ["1 ! a quote is not closed", "2 c|d", "3 e|f"]),
        ("a\n\"", ["1 a", "2 ! a quote is not closed"]),
        ("\"a\r\nb\r\n", ["1 ! a quote is not closed", "2 b"]),
        ("\"a\rb\r", ["1 ! a quote is not closed", "2 b"]),
    ])
    func `a quote that never closes costs its own line alone`(
        text: String, expected: [String]
    ) throws {
        #expect(try records(text) == expected)
    }

    @Test func `a quote that never closes in a long file costs its own line alone`() throws {
        let rest = (2...20_000).map { "\($0),row" }
        let found = try records("\"1,row\n" + rest.joined(separator: "\n"))
        #expect(found.count == 20_000)
        #expect(found.first?.hasPrefix("1 ! ") == true)
        #expect(found.last == "20000 20000|row")
    }

    @Test(arguments: ["a,\"", "\"", ""])
    func `a record may have so many bytes and not one more, in one piece or in many`(
        head: String
    ) throws {
        let tail = head.isEmpty ? "\n" : "\"\n"
        for excess in [0, 1] {
            let length = CSVReader.recordMaximumBytes - head.utf8.count - tail.utf8.count + excess
            let text = head + String(repeating: "x", count: length) + tail + "next\n"
            let whole = try records(text)
            #expect(whole.count == 2)
            #expect(whole[0].hasPrefix("1 ! longer than") == (excess == 1))
            #expect(whole[1] == "2 next")
            let bytes = Array(text.utf8)
            for size in [997, 4_096, 65_536, 65_537] {
                #expect(try records(bytes, pieceBytes: size) == whole)
            }
        }
    }

    private static let everything = [
        "\u{FEFF}email,name\r\n", "\"a,1\",\"say \"\"hi\"\"\"\r\n", "\"\nb\",\"x\"y\n",
        "c,ü€😀\r", "d,\r\r\n", "\"\",\"\"\n", ",\n", "\"e\n\"f\",g\n", "h,\"\"\"\n", "i,\"j\n",
        "k,l",
    ].joined()

    @Test func `cut at any byte, a file has the same records`() throws {
        let bytes = Array(Self.everything.utf8)
        let whole = try records(bytes)
        #expect(whole.count > 8)
        for cut in 1..<bytes.count {
            #expect(try records([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
        for size in 1...bytes.count { #expect(try records(bytes, pieceBytes: size) == whole) }
    }

    @Test func `cut off at any byte, a file is read to its end`() throws {
        let bytes = Array(Self.everything.utf8)
        for end in 0...bytes.count {
            let part = Array(bytes[..<end])
            #expect(try records(part) == records(part, pieceBytes: 1))
        }
    }

    @Test func `an error of the file is an error of the reader`() throws {
        var reader = CSVReader { throw Problem(.inputOutput, "gone") }
        #expect(throws: Problem.self) { try reader.next() }
    }

    @Test(arguments: ["", "\""])
    func `a line of 200 MB is one bad row`(head: String) throws {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        var left = 200
        var ends = [Array("\nnext,row\n".utf8), Array(head.utf8)]
        var reader = CSVReader {
            if ends.count == 2, let first = ends.popLast(), !first.isEmpty { return first }
            left -= 1
            return left >= 0 ? piece : ends.popLast() ?? []
        }
        let bad = try #require(try reader.next())
        #expect(text(of: bad).hasPrefix("1 ! longer than"))
        #expect(try reader.next().map(text) == "2 next|row")
        #expect(try reader.next() == nil)
    }

    // MARK: Records as texts: the line, then the fields, or `!` and what is wrong

    private func records(_ text: String) throws -> [String] { try records(Array(text.utf8)) }

    private func records(_ bytes: [UInt8], pieceBytes: Int = .max) throws -> [String] {
        let size = min(pieceBytes, max(bytes.count, 1))
        return try records(
            stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            })
    }

    private func records(_ pieces: [[UInt8]]) throws -> [String] {
        var rest = pieces[...]
        var reader = CSVReader { rest.popFirst() ?? [] }
        var found: [String] = []
        while let record = try reader.next() { found.append(text(of: record)) }
        return found
    }

    private func text(of record: CSVRecord) -> String {
        switch record.content {
        case .malformed(let reason): "\(record.line) ! \(reason)"
        case .fields(let fields):
            "\(record.line) "
                + fields.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
        }
    }
}
