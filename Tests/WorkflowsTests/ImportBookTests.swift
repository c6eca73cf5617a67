import Foundation
import Pledging
import Store
import TestSupport
import Testing

@testable import Workflows

@Suite struct ImportBookTests {
    private struct Expected: Decodable {
        struct Bad: Decodable, Hashable {
            let line: Int
            let column: String
        }
        let good_rows: Int
        let bad_rows: [Bad]
    }

    @Test func `a messy file: good rows go in, each bad one is reported by line and column`()
        async throws
    {
        let test = try await TestBook()
        let bytes = try importFixture("supporters-messy.csv")
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(importFixture("supporters-messy.expected.json")))
        let found = try await test.importing(bytes)
        #expect(
            found.bad.map { Expected.Bad(line: $0.line, column: $0.column) } == expected.bad_rows)
        #expect(found.summary.imported == expected.good_rows)
        #expect(found.summary.bad == expected.bad_rows.count)
        #expect(found.summary.rows == expected.good_rows + expected.bad_rows.count)
        #expect(try await test.pledges().count == expected.good_rows)
        // Two rows belong to one person; the first of them gives the name.
        #expect(try await test.supporters().count == expected.good_rows - 1)
        #expect(
            try await test.supporters().compactMap { $0.contact?.name } == [
                "Good One", "Comma, Inside", "Line\nbreak", "=HYPERLINK(\"http://x\")",
            ])
        for bad in found.bad {
            for value in ["an-address", "4242", "zombie", "Mars", "fortnight"] {
                #expect(!bad.rule.contains(value))
            }
        }
        #expect(try await test.mails().isEmpty)
        #expect(try await test.faults() == [])
    }

    @Test func `the same file again changes nothing`() async throws {
        let test = try await TestBook()
        let bytes = try importFixture("supporters-messy.csv")
        let first = try await test.importing(bytes)
        let (pledges, events) = (try await test.pledges(), try await test.events().map(\.id))
        test.now = test.now.adding(days: 40)
        let second = try await test.importing(bytes)
        #expect(second.summary.known == first.summary.imported)
        #expect(second.summary.imported == 0)
        #expect(second.bad == first.bad)
        #expect(try await test.pledges() == pledges)
        #expect(try await test.events().map(\.id) == events)
    }

    @Test func `a dry run tells the same and changes nothing`() async throws {
        let test = try await TestBook()
        let bytes = try importFixture("supporters-messy.csv")
        let rehearsed = try await test.importing(bytes, isDryRun: true)
        #expect(try await test.supporters().isEmpty)
        #expect(try await test.events().isEmpty)
        let done = try await test.importing(bytes)
        #expect(rehearsed.summary == done.summary)
        #expect(rehearsed.bad == done.bad)
    }

    @Test func `more rows than a transaction takes all go in, in the order of the file`()
        async throws
    {
        let test = try await TestBook()
        let rows = (1...4_500).map { $0 % 1_500 == 0 ? "nobody" : "r\($0)@example.org" }
        let found = try await test.importing(
            Array(("email\n" + rows.joined(separator: "\r\n")).utf8))
        #expect(found.summary.supporters == 4_497)
        #expect(found.bad.map(\.line) == [1_501, 3_001, 4_501])
        let emails = try await test.supporters().compactMap { $0.contact?.email.typed }
        #expect(emails == rows.filter { $0 != "nobody" })
    }

    @Test(arguments: [
        "", "name\nAna", "email,emial\na@example.org,b", "email,email\na@b.org,a@b.org",
        "\"email\nname", "email;name\na@example.org;Ana",
    ])
    func `a header that does not name the columns refuses the file`(text: String) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid) { try await test.importing(Array(text.utf8)) }
        #expect(try await test.supporters().isEmpty)
    }

    @Test func `an unknown column is left out when that is wanted`() async throws {
        let test = try await TestBook()
        let bytes = Array("shoe_size,email\n44,reader@example.org\n".utf8)
        let found = try await test.importing(bytes, ignoresUnknownColumns: true)
        #expect(found.summary.supporters == 1)
    }

    @Test(arguments: [
        "email", "name", "locale", "country", "time_zone", "amount", "currency", "interval",
        "started_on", "next_charge_on", "state", "processor", "method_kind", "method_token",
        "method_brand", "method_last4", "method_expires", "remind_on", "external_id",
        "processor_customer", "mandate", "last_charged_on", "method_country",
    ])
    func `no column takes a card number`(column: String) async throws {
        let test = try await TestBook()
        let found = try await test.importRow([column: cardNumber])
        #expect(found.bad.map(\.column) == [column])
        #expect(found.bad.allSatisfy { !$0.rule.contains(cardNumber) })
        #expect(try await test.supporters().isEmpty)
    }

    @Test(arguments: ImportColumn.allCases)
    func `columns and the verbs' field names match one to one`(column: ImportColumn) {
        #expect(column.field.importColumn == column)
    }

    @Test(arguments: [("2026-11-22", true), ("2026-11-23", false)])
    func `nothing was charged on a day that has not come`(day: String, isTaken: Bool) async throws {
        let test = try await TestBook()
        let found = try await test.importRow(["last_charged_on": day])
        #expect(found.bad.map(\.column) == (isTaken ? [] : ["last_charged_on"]))
    }

    @Test func `a field that is not UTF-8 is reported by its column`() async throws {
        let test = try await TestBook()
        let found = try await test.importing(
            Array("email,name\na@example.org,".utf8) + [0xC3, 0x28, 0x0A])
        #expect(found.bad.map(\.column) == ["name"])
    }
}
