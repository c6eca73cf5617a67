import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct SupporterReportTests {
    private func report(
        _ wanted: SupporterReport = .init(), as format: ReportFormat = .csv,
        of test: TestBook
    ) async throws -> (text: String, rows: Int) {
        var bytes: [UInt8] = []
        let rows = try await ExportReport.run(wanted, as: format, in: test.context()) {
            bytes += $0
        }
        return (String(decoding: bytes, as: UTF8.self), rows)
    }

    /// The rows of a CSV file whose cells need no quotes.
    private func cells(_ text: String) -> [[String]] {
        text.split(separator: "\r\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static let header =
        "supporter_id,email,name,locale,country,created_at,pledge_id,pledge_state,amount,"
        + "currency,interval,started_on,next_charge_on,method_kind,method_brand,method_last4,"
        + "method_expires,charges_succeeded,total_given,last_charge_on,open_reminder_on\r\n"

    @Test func `an empty book is a header alone`() async throws {
        let test = try await TestBook()
        #expect(try await report(of: test) == (Self.header, 0))
        #expect(try await report(as: .json, of: test) == ("[]\n", 0))
        #expect(try await report(as: .jsonl, of: test) == ("", 0))
    }

    @Test func `a supporter with a pledge, byte for byte`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant {
            ($0.name, $0.locale, $0.methodExpires) = ("Ana", "pt-BR", YearMonth("2029-04"))
            $0.lastChargedOn = "2026-11-15"
        }
        let pledge = try #require(planted.pledge)
        let row =
            "\(planted.supporter.id),reader@example.org,Ana,pt-BR,,2026-11-22T12:00:00.000Z,"
            + "\(pledge.id),active,5.00,USD,month,2026-01-15,2026-12-15,card,visa,4242,2029-04,"
            + "0,0.00,2026-11-15,\r\n"
        #expect(try await report(of: test).text == Self.header + row)
    }

    @Test func `a supporter without a pledge has a row, and an open reminder its day`()
        async throws
    {
        let test = try await TestBook()
        let reminder = try await ScheduleReminder.run(
            .init(
                person: PersonInput(email: "reader@example.org"), choice: .week, door: "page",
                wording: "2026-11"), in: test.context(actor: .reader))
        let row = try #require(cells(try await report(of: test).text).first)
        #expect(row.count == SupporterReport.columns.count)
        #expect(row[0] == reminder.supporterID.text)
        #expect(row[6...19].allSatisfy { $0.isEmpty })
        #expect(row[20] == "2026-11-29")
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
        let text = try await report(of: test).text
        #expect(text.contains(",reader@example.org,\(cell),,,2026-11-22T12:00:00.000Z,"))
        #expect(text.hasSuffix("\r\n"))
    }

    @Test(arguments: ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
    func `a name that begins like a formula is made safe`(_ sign: String) async throws {
        let test = try await TestBook()
        try await test.plant { $0.name = sign + "A1" }
        #expect(try await report(of: test).text.contains(",'\(sign)A1,"))
    }

    @Test(arguments: [("JPY", "500", "500", "0"), ("EUR", "7.5", "7.50", "0.00")])
    func `amounts have the decimals of their currency`(
        currency: String, amount: String, written: String, total: String
    ) async throws {
        let test = try await TestBook()
        try await test.register { ($0.amount, $0.currency) = (amount, currency) }
        let row = try #require(cells(try await report(of: test).text).first)
        #expect(row[8] == written && row[9] == currency && row[18] == total)
    }

    @Test func `JSON has the same cells, with null for none`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant {
            $0.name = "say \"hi\" =1"
            ($0.hasPledge, $0.hasMethod) = (false, false)
        }
        let object = try await report(as: .jsonl, of: test).text
        #expect(
            object.hasPrefix(
                "{\"supporter_id\":\"\(planted.supporter.id)\",\"email\":\"reader@example.org\","
                    + "\"name\":\"say \\\"hi\\\" =1\",\"locale\":null,"))
        #expect(object.hasSuffix("\"open_reminder_on\":null}\n"))
        #expect(try await report(as: .json, of: test).text == "[\(object.dropLast())]\n")
    }

    @Test func `without personal data, no row says who it is`() async throws {
        let test = try await TestBook()
        try await test.plant { ($0.name, $0.locale) = ("Ana", "pt-BR") }
        for format in ReportFormat.allCases {
            let text = try await report(.init(withPersonalData: false), as: format, of: test).text
            for secret in ["reader@", "Ana", "pt-BR", "visa", "4242", "tok_"] {
                #expect(!text.contains(secret))
            }
            #expect(text.contains("5.00") && text.contains("card"))
        }
    }

    @Test func `a person who was erased has a row without a name`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant { $0.name = "Ana" }
        _ = try await EraseSupporter.run(
            planted.supporter.id, by: .supporter, in: test.context())
        let row = try #require(cells(try await report(of: test).text).first)
        #expect(row[0] == planted.supporter.id.text)
        #expect(row[1...4].allSatisfy { $0.isEmpty })
        #expect(row[7] == "cancelled" && row[14].isEmpty && row[15].isEmpty)
    }

    // MARK: Over many pages

    /// 2,150 people; every seventh has three pledges, every eleventh none.
    private func largeBook() async throws -> TestBook {
        let test = try await TestBook()
        let head = "email,amount,currency,started_on,next_charge_on,state,method_token"
        var lines = [head]
        for number in 1...2_150 {
            let email = "r\(number)@example.org"
            guard number % 11 != 0 else {
                lines.append("\(email),,,,,,")
                continue
            }
            for pledge in 1...(number % 7 == 0 ? 3 : 1) {
                let state = (number + pledge) % 3 == 0 ? "cancelled" : "active"
                lines.append("\(email),\(pledge + 4).00,USD,2026-01-15,2026-12-15,\(state),t")
            }
        }
        let found = try await test.importing(Array(lines.joined(separator: "\n").utf8))
        try #require(found.summary.imported == lines.count - 1)
        return test
    }

    @Test func `each supporter and pledge once, in the order of their ids, over all pages`()
        async throws
    {
        let test = try await largeBook()
        let found = try await report(of: test)
        let rows = cells(found.text)
        let pledges = try await test.pledges()
        let people = try await test.supporters()
        let givers = Set(pledges.map(\.supporterID))
        let expected =
            pledges.map { [$0.supporterID.text, $0.id.text] }
            + people.filter { !givers.contains($0.id) }.map { [$0.id.text, ""] }
        #expect(rows.count > 2_700 && found.rows == rows.count)
        #expect(
            rows.map { [$0[0], $0[6]] }
                == expected.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test(arguments: [PledgeState.active, .cancelled, .paused])
    func `one state alone, over all pages`(state: PledgeState) async throws {
        let test = try await largeBook()
        let found = try await report(.init(state: state), of: test)
        let rows = cells(found.text)
        let expected = try await test.pledges().filter { $0.state == state }
        #expect(rows.count == expected.count && found.rows == rows.count)
        #expect(Set(rows.map { $0[6] }) == Set(expected.map(\.id.text)))
        #expect(rows.allSatisfy { $0[7] == state.rawValue })
    }

    @Test func `the first piece comes before the book is read, later ones are bounded`()
        async throws
    {
        let test = try await largeBook()
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
