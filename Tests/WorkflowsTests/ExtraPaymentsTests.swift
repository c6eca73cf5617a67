import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A second payment for one period: it is recorded, told and sent back.
@Suite struct ExtraPaymentsTests {
    /// A charge that was declined, tried again and paid; then the first attempt turns out to have
    /// been paid as well.
    private struct PaidTwice {
        let test: TestBook
        let charge: Charge
        let processor: ScriptedProcessor
        static let extraID = "pay_first"

        init(refunding reply: ScriptedProcessor.RefundReply = .succeed) async throws {
            test = try await TestBook()
            let pledge = try await test.duePledge()
            processor = test.processor(.decline("insufficient_funds"))
            processor.answerRefunds(reply)
            try await test.bill(through: processor, on: "2026-11-22")
            processor.answer(.succeed)
            try await test.bill(through: processor, on: "2026-11-23")
            charge = try #require(try await test.charges(of: pledge).first)
            try #require(charge.state == .succeeded && charge.attempts == 2)
        }

        /// The processor tells that the first attempt was paid after all.
        func late() -> InboundMessage {
            PaidTwice.tell(of: charge, test, processor, as: PaidTwice.extraID)
        }

        static func tell(
            of charge: Charge, _ test: TestBook, _ processor: ScriptedProcessor, as id: String
        ) -> InboundMessage {
            processor.tell(
                .charge(
                    test.reference(of: charge, attempt: 1), charge.amount,
                    ChargeAnswer(.succeeded(at: test.now, nil), remoteID: id)))
        }

        func extras() async throws -> [ExtraPayment] {
            let id = charge.id
            return try await test.book.read { try $0.extraPayments(of: id) }
        }

        func refund(
            _ payment: String?, _ amount: String? = nil
        ) async throws -> Refund {
            try await RefundCharge.run(
                charge.id, amount: amount, payment: payment, through: Processors([processor]),
                in: test.context())
        }
    }

    @Test func `a late success behind a decline is told, sent back, and mailed when it is sent`()
        async throws
    {
        let twice = try await PaidTwice()
        let (test, processor) = (twice.test, twice.processor)
        try await test.receive(twice.late(), from: processor)
        // 1. It is listed, and nothing counts it.
        #expect(try await twice.extras().map(\.remoteID) == [PaidTwice.extraID])
        #expect(try await test.openAttention().map(\.kind) == [.extraPayment])
        #expect(try await test.pledge(twice.charge.pledgeID).totalGiven.minorUnits == 500)
        #expect(try await test.mails(of: .paymentReturned) == 0)
        // 2. The next run sends it back, not the payment that counts.
        try await test.reconcile(through: processor)
        #expect(processor.refundOrders.map(\.paymentRemoteID) == [PaidTwice.extraID])
        #expect(try await twice.extras().map(\.isReturned) == [true])
        #expect(try await test.mails(of: .paymentReturned) == 1)
        #expect(try await test.openAttention().isEmpty)
        // 3. Totals stay, and further runs and messages change nothing.
        let again = PaidTwice.tell(of: twice.charge, test, processor, as: PaidTwice.extraID)
        try await test.receive(again, from: processor)
        try await test.bill(through: processor, on: "2026-11-24")
        #expect(processor.refundOrders.count == 1)
        #expect(try await test.onlyCharge().refundedMinor == 0)
        #expect(try await test.pledge(twice.charge.pledgeID).totalGiven.minorUnits == 500)
        let history = try await test.history(of: twice.charge.id.text)
        #expect(history.suffix(2) == ["charge.extra_payment", "charge.refunded"])
        try await expectSound(test)
    }

    @Test func `a lost answer to the return is asked about, and nothing is sent twice`()
        async throws
    {
        let twice = try await PaidTwice(refunding: .lose(.succeed))
        try await twice.test.receive(twice.late(), from: twice.processor)
        for day in ["2026-11-24", "2026-11-25"] {
            try await twice.test.bill(through: twice.processor, on: day)
        }
        #expect(Set(twice.processor.refundOrders.map(\.key)).count == 1)
        #expect(try await twice.extras().map(\.isReturned) == [true])
        try await expectSound(twice.test)
    }

    @Test func `a return that the processor refuses is told, and can be made by hand`()
        async throws
    {
        let twice = try await PaidTwice(refunding: .fail("charge_disputed"))
        let test = twice.test
        try await test.receive(twice.late(), from: twice.processor)
        try await test.reconcile(through: twice.processor)
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.extraPayment])
        #expect(open[0].detail?.contains("charge_disputed") == true)
        #expect(try await test.mails(of: .paymentReturned) == 0)
        twice.processor.answerRefunds(.succeed)
        #expect(try await twice.refund(PaidTwice.extraID, "2.00").state == .succeeded)
        let extra = try #require(try await twice.extras().first)
        #expect(extra.refundedMinor == 200)
        let left = try #require(try await test.openAttention().first)
        #expect(left.kind == .extraPayment && left.subject == extra.id.text)
        #expect(left.detail == "3.00 USD of 5.00 USD; not sent back")
        #expect(left.cure.contains("mainstay charge refund \(extra.id);"))
        #expect(left.cure.hasSuffix("mainstay attention resolve \(left.id)"))
        #expect(try await twice.refund(extra.id.text).amount.minorUnits == 300)
        #expect(try await test.openAttention().isEmpty)
        #expect(try await test.mails(of: .paymentReturned) == 1)
        await expectRefusal(.conflict) { try await twice.refund(PaidTwice.extraID) }
        await expectRefusal(.invalid, field: .payment) { try await twice.refund("pay_unknown") }
        // The payment that counts is refunded as ever.
        #expect(try await twice.refund(nil).amount.minorUnits == 500)
        #expect(try await test.pledge(twice.charge.pledgeID).totalGiven.minorUnits == 0)
        try await expectSound(test)
    }

    @Test func `what only the list tells of waits for the message about it, or for a person`()
        async throws
    {
        for isOurs in [true, false] {
            let twice = try await PaidTwice()
            let (test, processor) = (twice.test, twice.processor)
            // The second payment of an attempt that is known to have taken the first is another
            // copy's.
            processor.have(
                ScriptedPayment(
                    reference: test.reference(of: twice.charge, attempt: isOurs ? 1 : 2),
                    amount: twice.charge.amount, remoteID: PaidTwice.extraID,
                    outcome: .succeeded(at: test.now, nil), madeAt: test.now))
            _ = try await ReconcileProcessor.run(processor, in: test.context())
            #expect(try await test.openAttention().map(\.kind) == [.extraPayment])
            #expect(try await test.refunds(of: twice.charge).isEmpty)
            let message =
                isOurs
                ? twice.late()
                : processor.tell(
                    .charge(
                        test.reference(of: twice.charge, attempt: 2), twice.charge.amount,
                        ChargeAnswer(.succeeded(at: test.now, nil), remoteID: PaidTwice.extraID)))
            _ = try await RecordProcessorEvent.run(
                message.body, headers: [ScriptedProcessor.signature], from: processor,
                in: test.context())
            try await test.reconcile(through: processor)
            #expect(processor.refundOrders.count == (isOurs ? 1 : 0))
            #expect(try await test.openAttention().isEmpty == isOurs)
            try await expectSound(test)
        }
    }

    /// The copy does not know that the other one sent the extra payment back, under number 1.
    @Test func `a copy reads what was refunded without it before it refunds`() async throws {
        let twice = try await PaidTwice()
        let (test, processor) = (twice.test, twice.processor)
        try await test.receive(twice.late(), from: processor)
        let order = RefundOrder(
            charge: test.reference(of: twice.charge, attempt: 1), number: 1,
            paymentRemoteID: PaidTwice.extraID, amount: twice.charge.amount, isExtra: true)
        #expect(await processor.refund(order).outcome == .succeeded)
        try await test.book.write {
            try $0.markReleased(at: test.now)
            try $0.setReconcileSince(test.now.adding(days: -3), of: "sandbox")
        }
        await expectRefusal(.unavailable) { try await twice.refund(nil) }
        #expect(processor.refundOrders.count == 1)
        try await test.reconcile(through: processor)
        let refund = try await twice.refund(nil, "1.00")
        #expect(refund.state == .succeeded)
        #expect(processor.refundOrders.last?.paymentRemoteID == twice.charge.remoteID)
        #expect(Set(processor.refundOrders.map(\.key)).count == 2)
        try await expectSound(test)
    }

    @Test func `what a person keeps is not sent back by a later message`() async throws {
        let twice = try await PaidTwice()
        let (test, processor) = (twice.test, twice.processor)
        let reference = test.reference(of: twice.charge, attempt: 1)
        processor.settle(reference, as: .succeeded(at: test.now, nil))
        _ = try await ReconcileProcessor.run(processor, in: test.context())
        let open = try #require(try await test.openAttention().first)
        _ = try await ResolveAttention.run(open.id, in: test.context())
        let message = processor.tell(
            .charge(
                reference, twice.charge.amount,
                ChargeAnswer(
                    .succeeded(at: test.now, nil),
                    remoteID: ScriptedProcessor.remoteID(of: reference))))
        try await test.receive(message, from: processor)
        try await test.reconcile(through: processor)
        #expect(processor.refundOrders.isEmpty)
        #expect(try await test.openAttention().isEmpty)
        let report = try await ReconcileProcessor.run(processor, in: test.context())
        #expect(report.differences.isEmpty)
    }

    @Test func `where the newsroom asks, nothing is sent back by itself`() async throws {
        let twice = try await PaidTwice()
        var settings = try Settings()
        settings.billing.extraPayments = .ask
        let context = try twice.test.context(settings: settings)
        _ = try await RecordProcessorEvent.run(
            twice.late().body, headers: [ScriptedProcessor.signature], from: twice.processor,
            in: context)
        try await twice.test.bill(through: twice.processor, settings: settings)
        #expect(twice.processor.refundOrders.isEmpty)
        #expect(try await twice.test.openAttention().map(\.kind) == [.extraPayment])
        #expect(try await twice.extras().count == 1)
    }

    @Test func `cash and then the card after all: the card's payment goes back`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        processor.answerRefunds(.succeed)
        try await test.bill(through: processor)
        let charge = try await RecordPayment.run(
            .init(pledgeID: pledge.id, note: "in cash"), in: test.context())
        let late = PaidTwice.tell(of: charge, test, processor, as: "pay_late")
        try await test.receive(late, from: processor)
        try await test.reconcile(through: processor)
        #expect(processor.refundOrders.map(\.paymentRemoteID) == ["pay_late"])
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 500)
        #expect(try await test.mails(of: .paymentReturned) == 1)
        try await expectSound(test)
    }

    @Test func `nothing is sent to a processor whose messages cannot be read`() async throws {
        let twice = try await PaidTwice()
        try await twice.test.receive(twice.late(), from: twice.processor)
        twice.processor.refusesLists = true
        try await twice.test.reconcile(through: twice.processor)
        #expect(twice.processor.refundOrders.isEmpty)
        twice.processor.refusesLists = false
        try await twice.test.reconcile(through: twice.processor)
        #expect(twice.processor.refundOrders.count == 1)
    }

    // MARK: Refunds and disputes at the processor

    enum News: String, CaseIterable, Sendable { case late, refund, opened, lost }

    private static func orders(of news: [News]) -> [[News]] {
        guard news.count > 1 else { return [news] }
        return news.indices.flatMap { index -> [[News]] in
            var rest = news
            let first = rest.remove(at: index)
            return orders(of: rest).map { [first] + $0 }
        }
    }

    /// News about a payment that is not known yet waits for it.
    @Test(arguments: orders(of: [.late, .refund]) + orders(of: [.late, .opened, .lost]))
    func `what happens to it at the processor is booked on it, in every order`(
        news: [News]
    ) async throws {
        let twice = try await PaidTwice()
        let (test, processor) = (twice.test, twice.processor)
        let amount = twice.charge.amount
        func dispute(_ state: Dispute.State) -> InboundMessage {
            processor.tell(
                .dispute(
                    paymentRemoteID: PaidTwice.extraID, remoteID: "dp_1", amount, state))
        }
        for item in news {
            let message =
                switch item {
                case .late: twice.late()
                case .refund:
                    processor.tell(
                        .refund(
                            paymentRemoteID: PaidTwice.extraID, number: nil, amount,
                            RefundAnswer(.succeeded, remoteID: "re_1")))
                case .opened: dispute(.open)
                case .lost: dispute(.lost)
                }
            _ = try await RecordProcessorEvent.run(
                message.body, headers: [ScriptedProcessor.signature], from: processor,
                in: test.context())
        }
        try await test.apply(from: processor)
        try await test.apply(from: processor)
        let isDisputed = news.contains(.lost)
        #expect(try await twice.extras().map(\.isReturned) == [true])
        #expect(try await test.onlyCharge().refundedMinor == 0)
        #expect(try await test.openAttention().isEmpty)
        // A bank that took it back tells its reader itself.
        #expect(try await test.mails(of: .paymentReturned) == (isDisputed ? 0 : 1))
        let pledge = try await test.pledge(twice.charge.pledgeID)
        #expect(pledge.state == (isDisputed ? .cancelled : .active))
        try await expectSound(test)
    }

    @Test func `a disputed one is not sent back as well`() async throws {
        let twice = try await PaidTwice()
        let (test, processor) = (twice.test, twice.processor)
        try await test.receive(twice.late(), from: processor)
        try await test.receive(
            processor.tell(
                .dispute(
                    paymentRemoteID: PaidTwice.extraID, remoteID: "dp_1", twice.charge.amount,
                    .open)), from: processor)
        try await test.reconcile(through: processor)
        #expect(processor.refundOrders.isEmpty)
        let open = try await test.openAttention()
        #expect(Set(open.map(\.kind)) == [.extraPayment, .disputeOpened])
        #expect(open.first?.detail == "5.00 USD; not sent back: a bank demands it")
        await expectRefusal(.conflict, field: .despiteDispute) {
            try await twice.refund(PaidTwice.extraID)
        }
        try await expectSound(test)
    }

    @Test func `it goes with its reader`() async throws {
        let test = try await TestBook()
        try await test.plantDue { $0.country = "RU" }
        let processor = test.processor(.decline("insufficient_funds"))
        processor.answerRefunds(.succeed)
        try await test.bill(through: processor, on: "2026-11-22")
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-23")
        let charge = try await test.onlyCharge()
        try await test.receive(
            PaidTwice.tell(of: charge, test, processor, as: "pay_late"), from: processor)
        try await test.reconcile(through: processor)
        let exported = try await ExportSupporter.run(charge.supporterID, in: test.context())
        #expect(exported.text.contains("pay_late"))
        _ = try await DesignateCountry.run("RU", on: nil, in: test.context())
        #expect(try await test.charges().isEmpty)
        #expect(try await test.book.read { try $0.extraPayments(of: charge.id) }.isEmpty)
    }
}
