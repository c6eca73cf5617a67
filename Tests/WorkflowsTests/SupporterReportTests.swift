import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct SupporterReportTests {
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
        #expect(try await test.report().text == SupporterReport.header + row)
    }

    @Test func `a supporter without a pledge has a row, and an open reminder its day`()
        async throws
    {
        let test = try await TestBook()
        let reminder = try await ScheduleReminder.run(
            .init(
                person: PersonInput(email: "reader@example.org"), choice: .week, door: "page",
                wording: "2026-11"), in: test.context(actor: .reader))
        let row = try #require(SupporterReport.cells(try await test.report().text).first)
        #expect(row.count == SupporterReport.columns.count)
        #expect(row[0] == reminder.supporterID.text)
        #expect(row[6...19].allSatisfy { $0.isEmpty })
        #expect(row[20] == "2026-11-29")
    }

    @Test(arguments: [("JPY", "500", "500", "0"), ("EUR", "7.5", "7.50", "0.00")])
    func `amounts have the decimals of their currency`(
        currency: String, amount: String, written: String, total: String
    ) async throws {
        let test = try await TestBook()
        try await test.register { ($0.amount, $0.currency) = (amount, currency) }
        let row = try #require(SupporterReport.cells(try await test.report().text).first)
        #expect(row[8] == written && row[9] == currency && row[18] == total)
    }

    @Test func `without personal data, no row says who it is`() async throws {
        let test = try await TestBook()
        try await test.plant { ($0.name, $0.locale) = ("Ana", "pt-BR") }
        for format in ReportFormat.allCases {
            let text = try await test.report(.init(withPersonalData: false), as: format).text
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
        let row = try #require(SupporterReport.cells(try await test.report().text).first)
        #expect(row[0] == planted.supporter.id.text)
        #expect(row[1...4].allSatisfy { $0.isEmpty })
        #expect(row[7] == "cancelled" && row[14].isEmpty && row[15].isEmpty)
    }

    @Test func `each supporter and pledge once, in the order of their ids, over all pages`()
        async throws
    {
        let test = try await TestBook.ofManyPages()
        let found = try await test.report()
        let rows = SupporterReport.cells(found.text)
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
        let test = try await TestBook.ofManyPages()
        let found = try await test.report(.init(state: state))
        let rows = SupporterReport.cells(found.text)
        let expected = try await test.pledges().filter { $0.state == state }
        #expect(rows.count == expected.count && found.rows == rows.count)
        #expect(Set(rows.map { $0[6] }) == Set(expected.map(\.id.text)))
        #expect(rows.allSatisfy { $0[7] == state.rawValue })
    }
}
