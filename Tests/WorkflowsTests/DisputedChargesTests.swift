import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Refunds and disputes of one charge: their news may come in any order.
@Suite struct DisputedChargesTests {
    enum News: String, CaseIterable, Sendable {
        case firstRefund, secondRefund, opened, lost, won
    }

    /// All orders of these news.
    private static func orders(of news: [News]) -> [[News]] {
        guard news.count > 1 else { return [news] }
        return news.indices.flatMap { index -> [[News]] in
            var rest = news
            let first = rest.remove(at: index)
            return orders(of: rest).map { [first] + $0 }
        }
    }

    private func tell(
        _ news: News, of charge: Charge, in test: TestBook, through processor: ScriptedProcessor
    ) async throws {
        let payment = try #require(charge.remoteID)
        let currency = charge.amount.currency
        func refund(_ minorUnits: Int64) -> ProcessorNews {
            .refund(
                paymentRemoteID: payment, number: nil,
                Money(minorUnits: minorUnits, currency: currency),
                RefundAnswer(.succeeded, remoteID: "re_\(minorUnits)"))
        }
        func dispute(_ state: Dispute.State) -> ProcessorNews {
            .dispute(paymentRemoteID: payment, remoteID: "dp_1", charge.amount, state)
        }
        let item: ProcessorNews =
            switch news {
            case .firstRefund: refund(200)
            case .secondRefund: refund(100)
            case .opened: dispute(.open)
            case .lost: dispute(.lost)
            case .won: dispute(.won)
            }
        try await test.receive(processor.tell(item), from: processor)
    }

    @Test(
        arguments: orders(of: [.firstRefund, .opened, .lost, .won])
            + orders(of: [.firstRefund, .secondRefund, .opened, .lost])
            + orders(of: [.secondRefund, .opened, .won]))
    func `news in every order end alike`(news: [News]) async throws {
        let (test, charge, processor) = try await TestBook.charged()
        for item in news { try await tell(item, of: charge, in: test, through: processor) }
        let refunds: Int64 =
            (news.contains(.firstRefund) ? 200 : 0) + (news.contains(.secondRefund) ? 100 : 0)
        let isLost = news.contains(.lost) && !news.contains(.won)
        // The dispute is of all five dollars; with the refunds it is more than was taken.
        let expected = isLost ? 500 : refunds
        let known = try await test.onlyCharge()
        #expect(known.refundedMinor == expected)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.totalGiven.minorUnits == 500 - expected && pledge.state == .cancelled)
        let open = try await test.openAttention()
        #expect(open.contains { $0.kind == .excessReturn } == isLost)
        #expect(!open.contains { $0.kind == .disputeOpened })
        try await expectSound(test)
    }

    @Test func `a dispute that was lost and is won gives the money back to the totals`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        processor.answerRefunds(.succeed)
        for item in [News.opened, .lost, .won] {
            try await tell(item, of: charge, in: test, through: processor)
        }
        #expect(try await test.disputes(of: charge).map(\.state) == [.won])
        #expect(try await test.pledge(charge.pledgeID).totalGiven.minorUnits == 500)
        #expect(try await test.refund(charge, through: processor).state == .succeeded)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `nothing is refunded while a dispute is open, unless it is meant`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.answerRefunds(.succeed)
        try await tell(.opened, of: charge, in: test, through: processor)
        await expectRefusal(.conflict, field: .despiteDispute) {
            try await test.refund(charge, through: processor)
        }
        #expect(processor.refundOrders.isEmpty)
        let refund = try await RefundCharge.run(
            charge.id, amount: "2.00", despiteDispute: true, through: Processors([processor]),
            in: test.context())
        #expect(refund.state == .succeeded)
        try await expectSound(test)
    }
}
