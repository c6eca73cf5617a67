import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// The balance at a processor, month by month.
@Suite struct BalanceReportTests {
    private func balance(_ month: String, _ test: TestBook) async throws -> [String] {
        var bytes: [UInt8] = []
        _ = try await ExportReport.run(
            BalanceReport(try #require(YearMonth(month))), as: .csv, in: test.context()
        ) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").dropFirst().map(
            String.init)
    }

    private func payout(
        _ id: String, _ amount: Int64, of charge: Charge, at time: String,
        _ add: (inout Payout.Parts) -> Void = { _ in }
    ) throws -> PayoutRecord {
        var parts = Payout.Parts()
        parts.add(.charge, grossMinor: 500, feeMinor: 45)
        add(&parts)
        let settlement = Settlement(feeMinor: 45, netMinor: 455, currency: "USD", payoutID: id)
        return PayoutRecord(
            payout: Payout(
                processor: "sandbox", remoteID: id, currency: "USD", amountMinor: amount,
                madeAt: try #require(Instant(rfc3339: time)), state: .paid, parts: parts),
            payments: [
                PaymentSettlement(
                    paymentRemoteID: try #require(charge.remoteID), settlement: settlement)
            ])
    }

    private func tell(
        _ state: Dispute.State, of charge: Charge, _ processor: ScriptedProcessor,
        _ test: TestBook
    ) async throws {
        let news = ProcessorNews.dispute(
            paymentRemoteID: try #require(charge.remoteID), remoteID: "dp_1", charge.amount, state)
        try await test.receive(processor.tell(news), from: processor)
    }

    @Test func `an empty book has no balance`() async throws {
        #expect(try await balance("2026-11", TestBook()).isEmpty)
    }

    @Test func `each month begins with what the one before it left, and all adds up`()
        async throws
    {
        let test = try await TestBook()
        _ = try await test.plantDue(2)
        let processor = test.processor(.succeed)
        processor.answerRefunds(.succeed)
        try await test.bill(through: processor)
        let charges = try await test.charges()
        try test.moveClock(to: "2026-12-05T12:00:00Z")
        _ = try await RefundCharge.run(
            charges[1].id, amount: "2.00", through: Processors([processor]), in: test.context())
        try test.moveClock(to: "2026-12-10T12:00:00Z")
        try await tell(.open, of: charges[0], processor, test)
        processor.paidOut = [
            try payout("po_1", 455, of: charges[0], at: "2026-11-24T00:00:00Z"),
            try payout("po_2", -1_745, of: charges[1], at: "2026-12-20T00:00:00Z") {
                $0.add(.refund, grossMinor: -200, feeMinor: 0)
                $0.add(.dispute, grossMinor: -500, feeMinor: 1_500)
            },
        ]
        try test.moveClock(to: "2026-12-21T12:00:00Z")
        let compared = try await CompareBooks.run(
            through: Processors([processor]), in: test.context())
        #expect(compared.payouts == 2 && compared.payoutsDiffering == 0)
        try test.moveClock(to: "2027-01-03T12:00:00Z")
        try await tell(.won, of: charges[0], processor, test)
        let head = "sandbox,USD"
        #expect(
            try await balance("2026-10", test) == [
                // Nothing had moved yet.
            ])
        #expect(
            try await balance("2026-11", test) == [
                "2026-11,\(head),0.00,10.00,0.00,0.00,0.90,0.00,4.55,4.55"
            ])
        // The dispute's fee is in the payout alone.
        #expect(
            try await balance("2026-12", test) == [
                "2026-12,\(head),4.55,0.00,2.00,5.00,15.00,0.00,-17.45,0.00"
            ])
        #expect(
            try await balance("2027-01", test) == [
                "2027-01,\(head),0.00,0.00,0.00,-5.00,0.00,0.00,0.00,5.00"
            ])
        #expect(
            try await balance("2027-02", test) == [
                "2027-02,\(head),5.00,0.00,0.00,0.00,0.00,0.00,0.00,5.00"
            ])
        try await expectSound(test)
    }

    @Test func `a payment in another currency is counted in that of its settlement`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        _ = try await RefundCharge.run(
            charge.id, amount: "1.00", through: Processors([processor]), in: test.context())
        try test.tamper(
            """
            UPDATE charges SET fee_minor = 60, net_minor = 400, settlement_currency = 'EUR'
            """)
        // 5.00 USD were 4.60 EUR.
        #expect(
            try await balance("2026-11", test) == [
                "2026-11,sandbox,EUR,0.00,4.60,0.92,0.00,0.60,0.00,0.00,3.08"
            ])
    }

    @Test func `what removed people had paid is not lost`() async throws {
        let (test, _, _) = try await TestBook.charged()
        try test.tamper(
            """
            INSERT INTO folded_charges (month, currency, charges, amount_minor, refunded_minor)
            VALUES ('2026-10', 'USD', 2, 1000, 200)
            """)
        #expect(
            try await balance("2026-11", test) == [
                "2026-11,,USD,8.00,0.00,0.00,0.00,0.00,0.00,0.00,8.00",
                "2026-11,sandbox,USD,0.00,5.00,0.00,0.00,0.00,0.00,0.00,5.00",
            ])
    }
}
