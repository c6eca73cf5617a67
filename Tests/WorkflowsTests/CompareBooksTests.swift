import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// The nightly comparison of the book with the processors.
@Suite struct CompareBooksTests {
    private func compare(
        _ test: TestBook, _ processors: ScriptedProcessor...
    ) async throws -> CompareBooks.Summary {
        try await CompareBooks.run(through: Processors(processors), in: test.context())
    }

    private func attentions(_ test: TestBook) async throws -> [String] {
        try await test.book.read { try $0.openAttentions(limit: 100) }
            .filter { $0.kind != .riskUnreviewed }
            .map { "\($0.kind.rawValue) \($0.subject) \($0.detail ?? "")" }
    }

    private func payout(
        _ id: String, _ amount: Int64, of charges: [Charge], state: Payout.State = .paid,
        at moment: Instant
    ) throws -> PayoutRecord {
        var parts = Payout.Parts()
        for _ in charges { parts.add(.charge, grossMinor: 500, feeMinor: 45) }
        return PayoutRecord(
            payout: Payout(
                processor: "sandbox", remoteID: id, currency: "USD", amountMinor: amount,
                madeAt: moment, state: state, parts: parts),
            payments: try charges.map {
                PaymentSettlement(
                    paymentRemoteID: try #require($0.remoteID),
                    settlement: Settlement(
                        feeMinor: 45, netMinor: 455, currency: "USD", payoutID: id))
            })
    }

    @Test func `a payout that is the sum of its parts is told to nobody`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(5)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        let charges = Array(try await test.charges().prefix(4))
        let stranger = PaymentSettlement(
            paymentRemoteID: "stranger",
            settlement: Settlement(
                feeMinor: 45, netMinor: 455, currency: "USD", payoutID: "po_1"))
        let record = try payout("po_1", 1_820, of: charges, at: test.now)
        processor.paidOut = [
            PayoutRecord(payout: record.payout, payments: record.payments + [stranger])
        ]
        for _ in 1...2 {
            let summary = try await compare(test, processor)
            #expect(summary.compared == 5 && summary.payouts == 1)
            #expect(summary.differences == 0 && summary.payoutsDiffering == 0)
        }
        #expect(try await attentions(test) == [])
        let settled = try await test.charges().map(\.settlement?.payoutID)
        #expect(settled == Array(repeating: "po_1", count: 4) + [nil])
        // If its key has no right to list payouts, the books are compared all the same.
        processor.paidOut = nil
        #expect(try await compare(test, processor).compared == 5)
        try await expectSound(test)
    }

    @Test func `a payout that differs or fails is told until it does no more`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.paidOut = [
            try payout("po_1", 454, of: [charge], at: test.now),
            try payout("po_2", 0, of: [], state: .failed, at: test.now),
        ]
        #expect(try await compare(test, processor).payoutsDiffering == 1)
        #expect(
            try await attentions(test) == [
                "payoutDiffers po_1 4.54 USD, not 4.55 USD", "payoutFailed po_2 0.00 USD",
            ])
        processor.paidOut = [
            try payout("po_1", 455, of: [charge], at: test.now),
            try payout("po_2", 0, of: [], at: test.now),
        ]
        _ = try await compare(test, processor)
        #expect(try await attentions(test) == [])
        let report = try await rows(PayoutReport(), test)
        #expect(report.map { $0[0] } == ["po_1", "po_2"])
        #expect(
            report[0].dropFirst(3) == [
                test.now.rfc3339, "paid", "1", "5.00", "0.00", "0.00", "0.45", "0.00", "4.55",
                "0.00",
            ])
    }

    private func rows(_ report: some TabularReport, _ test: TestBook) async throws -> [[String?]] {
        var rows: [[String?]] = []
        try await report.pages(in: test.context()) { rows += $0 }
        return rows
    }

    @Test func `books that differ are an attention until they agree`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let remoteID = try #require(charge.remoteID)
        processor.lose(remoteID)
        #expect(try await compare(test, processor).differences == 1)
        #expect(try await attentions(test) == ["booksDiffer sandbox 1 difference(s)"])
        // A comparison of a shorter time proves nothing.
        _ = try await ReconcileProcessor.run(
            processor, since: test.now.adding(days: 1), in: test.context())
        #expect(try await attentions(test).count == 1)
        processor.have(
            ScriptedPayment(
                reference: test.reference(of: charge), amount: charge.amount, remoteID: remoteID,
                outcome: .succeeded(at: test.now, nil), madeAt: test.now))
        #expect(try await compare(test, processor).differences == 0)
        #expect(try await attentions(test) == [])
    }

    @Test func `one processor that cannot be asked does not keep another from being compared`()
        async throws
    {
        let (test, _, processor) = try await TestBook.charged()
        let other = test.processor(.succeed, name: "other")
        other.isDown = true
        let summary = try await compare(test, other, processor)
        #expect(summary.compared == 1 && Array(summary.unreachable.keys) == ["other"])
        #expect(summary.failure?.contains("other could not be asked") == true)
    }

    @Test func `a month that is over stays as it is, and refunds have a report of their own`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        processor.answerRefunds(.succeed)
        let month = try ReportDays(from: day("2026-11-01"), to: day("2026-11-30"))
        let before = try await rows(ChargeReport(month), test)
        try test.moveClock(to: "2026-12-02T12:00:00Z")
        try await test.refund(charge, "2.00", through: processor)
        #expect(try await rows(ChargeReport(month), test) == before)
        #expect(try await rows(RefundReport(month), test).isEmpty)
        let december = try ReportDays(from: day("2026-12-01"), to: day("2026-12-31"))
        let refunds = try await rows(RefundReport(december), test)
        #expect(refunds.count == 1 && refunds[0][6...8] == ["2.00", "USD", "succeeded"])
        let message = processor.tell(
            .dispute(
                paymentRemoteID: try #require(charge.remoteID), remoteID: "dp_1", nil, .open))
        try await test.receive(message, from: processor)
        let disputes = try await rows(DisputeReport(december), test)
        #expect(disputes.count == 1 && disputes[0][6...8] == ["5.00", "USD", "open"])
        #expect(try await rows(DisputeReport(month), test).isEmpty)
    }
}
