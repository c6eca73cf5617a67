import Foundation
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What is left of the charges of removed people: sums that name nobody.
@Suite struct DesignatedChargesTests {
    private static let tables = ["charges", "charge_attempts", "refunds", "disputes"]

    /// Two readers of RU and one of DE, charged in November and December. One of RU got two dollars
    /// back; the bank of the other disputes the second charge.
    private func book() async throws -> (
        test: TestBook, tied: [Pledge], other: Pledge, processor: ScriptedProcessor
    ) {
        let test = try await TestBook()
        var pledges: [Pledge] = []
        for (name, country) in [("a", "RU"), ("b", "RU"), ("c", "DE")] {
            pledges.append(
                try await test.duePledge {
                    $0.email = "\(name)@example.org"
                    $0.country = country
                    $0.token = "tok_of_\(name)"
                })
        }
        let processor = test.processor(.succeed)
        processor.forgets = true
        processor.answerRefunds(.succeed)
        try await test.bill(through: processor)
        try await test.bill(through: processor, on: "2026-12-22")
        let refunded = try #require(await test.charges(of: pledges[0]).first)
        try await test.refund(refunded, "2.00", through: processor)
        let disputed = try #require(await test.charges(of: pledges[1]).last)
        try await test.receive(
            processor.tell(
                .dispute(
                    paymentRemoteID: try #require(disputed.remoteID), remoteID: "dp_1",
                    disputed.amount, .open)),
            from: processor)
        return (test, Array(pledges.prefix(2)), pledges[2], processor)
    }

    private func designate(_ test: TestBook) async throws {
        guard
            case .removed = try await DesignateCountry.run("RU", on: nil, in: test.context())
        else {
            Issue.record("it was planned")
            return
        }
    }

    /// By month and currency: how many charges, what they took, what went back.
    private func folded(_ test: TestBook) async throws -> [String] {
        try await test.rows(
            """
            SELECT month, currency, charges, amount_minor, refunded_minor FROM folded_charges
            ORDER BY month, currency
            """
        ).map { row in
            let sums = try (2...4).map { String(try row.integer($0)) }.joined(separator: " ")
            return "\(try row.text(0)) \(try row.text(1)) \(sums)"
        }
    }

    @Test func `what they gave stays in the sums of its month`() async throws {
        let (test, _, _, _) = try await book()
        #expect(try await folded(test).isEmpty)
        try await designate(test)
        #expect(try await folded(test) == ["2026-11 USD 2 1000 200", "2026-12 USD 2 1000 0"])
        try await expectSound(test)
    }

    @Test func `the books still agree, the nightly comparison names nobody, and reports add up`()
        async throws
    {
        let (test, tied, _, processor) = try await book()
        let before = try await reported(test)
        let summary = try await CompareBooks.run(
            through: Processors([processor]), in: test.context())
        #expect(summary.differences == 0)
        try await designate(test)
        let after = try await CompareBooks.run(
            through: Processors([processor]), in: test.context())
        #expect(after.compared == summary.compared && after.differences == 0)
        let open = try await test.book.read { try $0.openAttentions(limit: 100) }
        for pledge in tied { #expect(!open.contains { $0.subject == pledge.id.text }) }
        #expect(!open.contains { $0.kind == .booksDiffer || $0.kind == .unknownPayment })
        #expect(try await reported(test) == before)
        // More than the sums hold is somebody else's.
        let charge = try await test.charges()[0]
        processor.have(
            ScriptedPayment(
                reference: ChargeReference(
                    bookID: test.book.keys.bookID.text, chargeID: ID(bits: 9),
                    pledgeID: ID(bits: 9), firstPeriod: 1, periodCount: 1, attempt: 1),
                amount: charge.amount, remoteID: "foreign", outcome: .succeeded(at: test.now, nil),
                madeAt: test.now))
        let more = try await CompareBooks.run(
            through: Processors([processor]), in: test.context())
        #expect(more.differences > 0)
    }

    /// The sum of all amounts in the report of charges, in minor units.
    private func reported(_ test: TestBook) async throws -> Int {
        var sum = 0
        try await ChargeReport(ReportDays()).pages(in: test.context()) { rows in
            for row in rows {
                #expect(row.count == ChargeReport.columns.count)
                sum += row[7].flatMap { Int($0.replacing(".", with: "")) } ?? 0
            }
        }
        return sum
    }

    @Test func `sums grow with whoever goes later, by currency`() async throws {
        let (test, _, _, processor) = try await book()
        try await designate(test)
        let later = try await test.duePledge {
            ($0.email, $0.country, $0.currency) = ("d@example.org", "FR", "EUR")
            $0.nextChargeOn = "2026-12-22"
        }
        try await test.bill(through: processor)
        #expect(try await test.pledge(later.id).chargesSucceeded == 1)
        for country in ["DE", "FR"] {
            _ = try await DesignateCountry.run(country, on: nil, in: test.context())
        }
        #expect(
            try await folded(test) == [
                "2026-11 USD 3 1500 200", "2026-12 EUR 1 500 0", "2026-12 USD 3 1500 0",
            ])
        #expect(try await test.charges().isEmpty)
        try await expectSound(test)
    }

    @Test func `no row of their charges is left, and others' stay`() async throws {
        let (test, tied, other, _) = try await book()
        var ids: [String] = []
        for pledge in tied { ids += try await test.charges(of: pledge).map(\.id.text) }
        #expect(ids.count == 4)
        for table in DesignatedChargesTests.tables {
            #expect(try await test.rows(of: table) > 0, "\(table)")
        }
        let kept = try await test.charges(of: other)
        try await designate(test)
        #expect(try await test.charges() == kept)
        #expect(try await test.rows(of: "charge_attempts") == 2)
        #expect(try await test.rows(of: "refunds") == 0)
        #expect(try await test.rows(of: "disputes") == 0)
        for file in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: test.path + file))
            for id in ids { #expect(bytes.range(of: Data(id.utf8)) == nil, "\(file)") }
        }
        try await expectSound(test)
    }

    @Test func `what was never paid is in no sum`() async throws {
        let test = try await TestBook()
        try await test.plantDue { $0.country = "RU" }
        try await test.bill(through: test.processor(.decline("insufficient_funds")))
        try await designate(test)
        #expect(try await folded(test).isEmpty)
        #expect(try await test.charges().isEmpty)
        try await expectSound(test)
    }

    @Test func `their tokens wait, sealed, until the processor has forgotten them`()
        async throws
    {
        let (test, _, _, processor) = try await book()
        try await designate(test)
        #expect(try await test.rows(of: "processor_removals") == 2)
        #expect(try !test.fileHolds("tok_of_a") && !test.fileHolds("tok_of_b"))
        #expect(try await test.reconcile(through: processor).forgotten == 2)
        #expect(processor.forgotten.sorted() == ["tok_of_a", "tok_of_b"])
        #expect(try await test.rows(of: "processor_removals") == 0)
        try await expectSound(test)
    }

    @Test func `later messages about them apply to nobody`() async throws {
        let (test, tied, _, processor) = try await book()
        let charge = try #require(await test.charges(of: tied[0]).last)
        let reference = test.reference(of: charge)
        let payment = try #require(charge.remoteID)
        try await designate(test)
        let sums = try await folded(test)
        let events = try await test.events().count
        let paid = ChargeAnswer(.succeeded(at: test.now, nil), remoteID: payment)
        try await test.receive(
            processor.tell(
                .charge(reference, charge.amount, paid),
                .refund(
                    paymentRemoteID: payment, number: nil, charge.amount,
                    RefundAnswer(.succeeded, remoteID: "re_1"))),
            from: processor)
        #expect(try await test.charges().count == 2)
        #expect(try await folded(test) == sums)
        #expect(try await test.events().count == events)
        try await expectSound(test)
    }

    @Test func `nobody is charged who is not there, and the others go on`() async throws {
        let (test, _, other, processor) = try await book()
        try await designate(test)
        let before = processor.orders.count
        try await test.bill(through: processor, on: "2027-01-22")
        #expect(processor.orders.count == before + 1)
        #expect(processor.orders.last?.reference.pledgeID == other.id)
        try await expectSound(test)
    }
}
