import Pledging
import TestSupport
import Testing
import Workflows

/// The formats of a report, tried on the report with the most columns.
@Suite struct ExportReportTests {
    @Test func `an empty book is a header alone`() async throws {
        let test = try await TestBook()
        #expect(try await test.report() == (SupporterReport.header, 0))
        #expect(try await test.report(as: .json) == ("[]\n", 0))
        #expect(try await test.report(as: .jsonl) == ("", 0))
    }

    @Test(arguments: [
        ("Comma, Inside", "\"Comma, Inside\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ("line\nbreak", "\"line\nbreak\""), ("line\r\nbreak", "\"line\r\nbreak\""),
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@sum", "'@sum"),
        ("\tx", "'\tx"), ("\rx", "\"'\rx\""), ("\nx", "\"'\nx\""),
        ("=HYPERLINK(\"http://x\",1)", "\"'=HYPERLINK(\"\"http://x\"\",1)\""),
        ("a=1", "a=1"), ("Ж ü 😀", "Ж ü 😀"), ("'quoted'", "'quoted'"), (" x ", " x "),
    ])
    func `a cell is quoted by RFC 4180, and no spreadsheet runs it`(
        name: String, cell: String
    ) async throws {
        let test = try await TestBook()
        try await test.plant {
            $0.name = name
            ($0.hasPledge, $0.hasMethod) = (false, false)
        }
        let text = try await test.report().text
        #expect(text.contains(",reader@example.org,\(cell),,,2026-11-22T12:00:00.000Z,"))
        #expect(text.hasSuffix("\r\n"))
    }

    @Test(arguments: ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
    func `a name that begins like a formula is made safe`(_ sign: String) async throws {
        let test = try await TestBook()
        try await test.plant { $0.name = sign + "A1" }
        #expect(try await test.report().text.contains(",'\(sign)A1,"))
    }

    @Test func `JSON has the same cells, with null for none`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant {
            $0.name = "say \"hi\" =1"
            ($0.hasPledge, $0.hasMethod) = (false, false)
        }
        let object = try await test.report(as: .jsonl).text
        #expect(
            object.hasPrefix(
                "{\"supporter_id\":\"\(planted.supporter.id)\",\"email\":\"reader@example.org\","
                    + "\"name\":\"say \\\"hi\\\" =1\",\"locale\":null,"))
        #expect(object.hasSuffix("\"open_reminder_on\":null}\n"))
        #expect(try await test.report(as: .json).text == "[\(object.dropLast())]\n")
    }

    @Test func `the first piece comes before the book is read, later ones are bounded`()
        async throws
    {
        let test = try await TestBook.ofManyPages()
        var pieces: [Int] = []
        let rows = try await ExportReport.run(
            SupporterReport(), as: .csv, in: test.context()
        ) { pieces.append($0.count { $0 == 0x0A }) }
        #expect(pieces.first == 1)
        #expect(pieces.reduce(0, +) == rows + 1)
        #expect(pieces.count > 3 && pieces.allSatisfy { $0 <= 2_000 })
    }

    @Test func `a writer that fails ends the report`() async throws {
        let test = try await TestBook()
        await expectRefusal(.inputOutput) {
            try await ExportReport.run(SupporterReport(), as: .csv, in: test.context()) { _ in
                throw Problem(.inputOutput, "the disk is full")
            }
        }
    }
}
