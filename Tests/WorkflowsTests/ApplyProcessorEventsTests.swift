import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What processors' messages do to charges: early, late, repeated and out of order.
@Suite struct ApplyProcessorEventsTests {
    /// What a processor may tell about one attempt.
    enum Word: String, CaseIterable, Sendable { case pending, declined, succeeded }

    private func news(
        _ word: Word, of charge: Charge, _ test: TestBook, attempt: Int = 1
    ) -> ProcessorNews {
        let outcome: ChargeOutcome =
            switch word {
            case .pending: .pending
            case .declined: .declined(Decline(code: "insufficient_funds"))
            case .succeeded: .succeeded(at: test.now, nil)
            }
        return .charge(
            test.reference(of: charge, attempt: attempt), charge.amount,
            ChargeAnswer(outcome, remoteID: "pay_\(charge.lastKey)"))
    }

    private func tell(
        _ news: ProcessorNews, _ test: TestBook, _ processor: ScriptedProcessor
    ) async throws {
        try await test.receive(processor.tell(news), from: processor)
    }

    /// A book whose one charge was accepted by the processor and is not decided.
    private func pending() async throws -> (
        test: TestBook, charge: Charge, processor: ScriptedProcessor
    ) {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.accept)
        try await test.bill(through: processor)
        return (test, try await test.onlyCharge(), processor)
    }

    // MARK: Order

    static let orders: [[Word]] = [
        [.pending, .declined, .succeeded], [.pending, .succeeded, .declined],
        [.declined, .pending, .succeeded], [.declined, .succeeded, .pending],
        [.succeeded, .pending, .declined], [.succeeded, .declined, .pending],
    ]

    @Test(arguments: ApplyProcessorEventsTests.orders)
    func `in whatever order it is told, money that came is booked once`(
        words: [Word]
    ) async throws {
        let (test, charge, processor) = try await pending()
        for word in words + words { try await tell(news(word, of: charge, test), test, processor) }
        let paid = try await test.onlyCharge()
        #expect(paid.state == .succeeded && paid.reason == nil && paid.nextStepAt == nil)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.state == .active && pledge.chargesSucceeded == 1)
        #expect(pledge.totalGiven.minorUnits == 500)
        #expect(try await test.mails(of: .receipt) == 1)
        try await expectSound(test)
    }

    @Test func `a message that says what the reply said changes nothing`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let events = try await test.events().count
        try await tell(news(.succeeded, of: charge, test), test, processor)
        #expect(try await test.onlyCharge() == charge)
        #expect(try await test.events().count == events)
        #expect(try await test.mails(of: .receipt) == 1)
    }

    @Test func `a message may be there before the reply`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.succeed)
        processor.answer { order in
            do {
                let answer = ChargeAnswer(
                    .succeeded(at: test.now, nil),
                    remoteID: ScriptedProcessor.remoteID(of: order.reference))
                let message = processor.tell(.charge(order.reference, order.amount, answer))
                try await test.receive(message, from: processor)
                return .succeed
            } catch {
                return .decline("\(error)")
            }
        }
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.attempts == 1)
        #expect(
            try await test.history(of: charge.id.text) == ["charge.submitted", "charge.succeeded"])
        #expect(try await test.pledge(charge.pledgeID).chargesSucceeded == 1)
        #expect(try await test.mails(of: .receipt) == 1)
        try await expectSound(test)
    }

    @Test func `money that went back before its payment is known waits for it, ten days`()
        async throws
    {
        let (test, charge, processor) = try await pending()
        let payment = "pay_\(charge.lastKey)"
        let back = RefundAnswer(.succeeded, remoteID: "re_1")
        let refund = ProcessorNews.refund(
            paymentRemoteID: payment, number: nil, charge.amount, back)
        try await tell(refund, test, processor)
        #expect(try await test.onlyCharge().refundedMinor == 0)
        try await tell(news(.succeeded, of: charge, test), test, processor)
        let applied = try await ApplyProcessorEvents.run(
            through: Processors([processor]), in: test.context())
        #expect(applied.applied == 1 && applied.failed == 0)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        #expect(try await test.pledge(charge.pledgeID).totalGiven.minorUnits == 0)
        // News about a payment that stays unknown is given up once all payments were read.
        try await tell(.fraudWarning(paymentRemoteID: "pay_strange"), test, processor)
        test.now = test.now.adding(days: 10)
        let unread = try await ApplyProcessorEvents.run(
            through: Processors([processor]), in: test.context())
        #expect(unread.applied == 0)
        #expect(try await test.reconcile(through: processor).applied == 1)
        try await expectSound(test)
    }

    @Test func `late money for an older period leaves a pledge past due that owes a later one`()
        async throws
    {
        let (test, older, processor) = try await pending()
        try test.tamper("UPDATE charges SET state = 'closed', next_step_at = NULL")
        processor.answer(.decline("lost_card"))
        try await test.bill(through: processor, on: "2026-12-22")
        #expect(try await test.pledge(older.pledgeID).state == .pastDue)
        try await tell(news(.succeeded, of: older, test), test, processor)
        let paid = try await test.pledge(older.pledgeID)
        #expect(paid.state == .pastDue && paid.chargesSucceeded == 1)
        // The grace of the later charge ends as it would have.
        try await test.tellReaders(on: "2026-12-22")
        try await test.bill(through: processor, on: "2027-01-21")
        #expect(try await test.pledge(older.pledgeID).state == .lapsed)
        try await expectSound(test)
    }

    @Test func `a dispute ends its pledge, though another method stands there since`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        let method = try #require(try await test.pledge(charge.pledgeID).paymentMethodID)
        _ = try await ReplacePaymentMethod.run(
            method, with: MethodInput(token: "tok_new"), in: test.context())
        let payment = try #require(charge.remoteID)
        try await tell(
            .dispute(paymentRemoteID: payment, remoteID: "dp_1", charge.amount, .open), test,
            processor)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.state == .cancelled && pledge.cancellation?.reason == .revoked)
        try await expectSound(test)
    }

    @Test func `a dispute ends the method that paid, not the one that was tried after it`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        let first = try await test.onlyCharge()
        let method = try #require(try await test.pledge(first.pledgeID).paymentMethodID)
        let other = try await ReplacePaymentMethod.run(
            method, with: MethodInput(token: "tok_new"), in: test.context())
        try await test.bill(through: processor, on: "2026-11-23")
        let charge = try await test.onlyCharge()
        try #require(charge.attempts == 2)
        try await tell(news(.succeeded, of: charge, test, attempt: 1), test, processor)
        let paid = try await test.onlyCharge()
        try await tell(dispute(.open, of: paid), test, processor)
        #expect(try await BrowseBook.paymentMethod(method, in: test.context()).state != .active)
        let untouched = try await BrowseBook.paymentMethod(other.id, in: test.context())
        #expect(untouched.state == .active)
        try await expectSound(test)
    }

    @Test func `a dispute in a currency of the bank's own is about the whole charge`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        let payment = try #require(charge.remoteID)
        let yen = Money(minorUnits: 90_000, currency: try Currency("JPY"))
        for (name, money) in [("dp_1", yen), ("dp_2", nil)] {
            try await tell(
                .dispute(paymentRemoteID: payment, remoteID: name, money, .open), test, processor)
        }
        #expect(
            try await test.disputes(of: charge).map(\.amount) == [charge.amount, charge.amount])
        #expect(try await test.pledge(charge.pledgeID).state == .cancelled)
        try await tell(
            .dispute(paymentRemoteID: payment, remoteID: "dp_1", yen, .lost), test, processor)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `news of an earlier attempt is ignored, unless it is a payment`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        processor.answer(.accept)
        try await test.bill(through: processor, on: "2026-11-23")
        let charge = try await test.onlyCharge()
        #expect(charge.state == .pending && charge.attempts == 2)
        try await tell(news(.declined, of: charge, test, attempt: 1), test, processor)
        #expect(try await test.onlyCharge() == charge)
        try await tell(news(.succeeded, of: charge, test, attempt: 1), test, processor)
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(try await test.pledge(charge.pledgeID).chargesSucceeded == 1)
        try await expectSound(test)
    }

    @Test func `applied by two processes at once, each message counts once`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let payment = try #require(charge.remoteID)
        for number in 1...20 {
            let refund = ProcessorNews.refund(
                paymentRemoteID: payment, number: nil,
                Money(minorUnits: 10, currency: charge.amount.currency),
                RefundAnswer(.succeeded, remoteID: "re_\(number)"))
            _ = try await RecordProcessorEvent.run(
                processor.tell(refund).body, headers: [ScriptedProcessor.signature],
                from: processor, in: test.context())
        }
        async let first = test.apply(from: processor)
        async let second = test.apply(from: processor)
        let applied = try await [first.applied, second.applied]
        #expect(applied.reduce(0, +) == 20)
        #expect(try await test.onlyCharge().refundedMinor == 200)
        try await expectSound(test)
    }

    // MARK: Not ours

    @Test func `what tells of another book, or of nothing here, is applied and does nothing`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        let events = try await test.events().count
        let paid = ChargeAnswer(.succeeded(at: test.now, nil), remoteID: "pay_other")
        let others = [
            ChargeReference(charge, attempt: 2, bookID: "book_other"),
            ChargeReference(
                bookID: test.book.keys.bookID.text, chargeID: ID(bits: 1), pledgeID: ID(bits: 2),
                firstPeriod: 1, periodCount: 1, attempt: 1),
        ]
        for reference in others {
            try await tell(.charge(reference, charge.amount, paid), test, processor)
        }
        let settlement = Settlement(feeMinor: 1, netMinor: 499, currency: "USD")
        let refund = RefundAnswer(.succeeded, remoteID: "re_1")
        for item: ProcessorNews in [
            .settlement(paymentRemoteID: "pay_other", settlement),
            .refund(paymentRemoteID: "pay_other", number: nil, charge.amount, refund),
            .dispute(paymentRemoteID: "pay_other", remoteID: "dp_1", charge.amount, .lost),
            .fraudWarning(paymentRemoteID: "pay_other"),
        ] { try await tell(item, test, processor) }
        #expect(try await test.charges() == [charge])
        // A payment of this book's id whose pledge is not here needs a person.
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.unknownPayment])
        #expect(open.map(\.subject) == [ID<Pledge>(bits: 2).text])
        #expect(try await test.events().count == events + 1)
        #expect(try await test.pledge(charge.pledgeID).state == .active)
        #expect(try await test.rows("SELECT 1 FROM processor_events").count == 6)
        try await expectSound(test)
    }

    @Test func `payment ids belong to one processor`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let other = ScriptedProcessor(
            name: "elsewhere", clock: { test.now }, answering: { _ in .succeed })
        let payment = try #require(charge.remoteID)
        try await tell(.fraudWarning(paymentRemoteID: payment), test, other)
        #expect(try await test.pledge(charge.pledgeID).state == .active)
        try await tell(.fraudWarning(paymentRemoteID: payment), test, processor)
        #expect(try await test.pledge(charge.pledgeID).state == .cancelled)
    }

    // MARK: Settlement

    @Test func `fee, net and payout are booked as they come, and the charge stays as it is`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        let payment = try #require(charge.remoteID)
        // A payout that is known stays when a later message leaves it out.
        for (told, known) in [(nil, nil), ("po_1", "po_1"), (nil, "po_1")] as [(String?, String?)] {
            let settlement = Settlement(
                feeMinor: 40, netMinor: 420, currency: "EUR", payoutID: told)
            try await tell(.settlement(paymentRemoteID: payment, settlement), test, processor)
            #expect(
                try await test.onlyCharge().settlement
                    == Settlement(feeMinor: 40, netMinor: 420, currency: "EUR", payoutID: known))
        }
        let settled = try await test.onlyCharge()
        #expect(settled.version == charge.version && settled.state == .succeeded)
        #expect(try await test.pledge(charge.pledgeID).totalGiven.minorUnits == 500)
        try await expectSound(test)
    }

    // MARK: Refunds made at the processor

    private func externalRefund(
        _ minorUnits: Int64, _ outcome: RefundOutcome = .succeeded, name: String,
        of charge: Charge
    ) throws -> ProcessorNews {
        .refund(
            paymentRemoteID: try #require(charge.remoteID), number: nil,
            Money(minorUnits: minorUnits, currency: charge.amount.currency),
            RefundAnswer(outcome, remoteID: name))
    }

    @Test func `a refund that was made there is booked, once`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        for _ in 0..<2 {
            try await tell(externalRefund(200, name: "re_1", of: charge), test, processor)
        }
        #expect(try await test.onlyCharge().refundedMinor == 200)
        #expect(try await test.pledge(charge.pledgeID).totalGiven.minorUnits == 300)
        #expect(try await test.refunds(of: charge).map(\.remoteID) == ["re_1"])
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.succeeded", "charge.refunded",
            ])
        processor.answerRefunds(.succeed)
        let rest = try await test.refund(charge, through: processor)
        #expect(rest.number == 2 && rest.amount.minorUnits == 300)
        try await expectSound(test)
    }

    @Test func `a pending refund counts when it succeeds, and not when it fails`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        for name in ["re_1", "re_2"] {
            try await tell(externalRefund(200, .pending, name: name, of: charge), test, processor)
        }
        #expect(try await test.onlyCharge().refundedMinor == 0)
        try await tell(externalRefund(200, name: "re_1", of: charge), test, processor)
        try await tell(
            externalRefund(200, .failed("lost_or_stolen_card"), name: "re_2", of: charge), test,
            processor)
        #expect(try await test.refunds(of: charge).map(\.state) == [.succeeded, .failed])
        #expect(try await test.onlyCharge().refundedMinor == 200)
        try await expectSound(test)
    }

    @Test func `a refund that failed before we knew it is not recorded`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        try await tell(
            externalRefund(200, .failed("declined"), name: "re_1", of: charge), test, processor)
        #expect(try await test.refunds(of: charge).isEmpty)
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `refunds never count above what was taken`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        for (name, minorUnits) in [("re_1", 400), ("re_2", 200)] as [(String, Int64)] {
            try await tell(externalRefund(minorUnits, name: name, of: charge), test, processor)
        }
        #expect(try await test.onlyCharge().refundedMinor == 500)
        #expect(try await test.pledge(charge.pledgeID).totalGiven.minorUnits == 0)
        try await expectSound(test)
    }

    // MARK: Disputes

    private func dispute(_ state: Dispute.State, of charge: Charge) throws -> ProcessorNews {
        .dispute(
            paymentRemoteID: try #require(charge.remoteID), remoteID: "dp_1", charge.amount,
            state)
    }

    @Test func `a dispute kills the method and ends every pledge that pays by it`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plantDue()
        let second = try await test.plantSecondPledge(of: planted, in: .active)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        let first = try #require(planted.pledge)
        let charge = try #require(await test.charges(of: first).first)
        for _ in 0..<2 { try await tell(dispute(.open, of: charge), test, processor) }
        #expect(try await test.method(of: first).state == .dead)
        for id in [first.id, second.id] {
            let pledge = try await test.pledge(id)
            #expect(pledge.state == .cancelled)
            #expect(pledge.cancellation == Cancellation(reason: .revoked, by: .processor))
        }
        #expect(try await test.disputes(of: charge).map(\.state) == [.open])
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.succeeded", "charge.disputed",
            ])
        // No money went back yet.
        #expect(try await test.charges(of: first).map(\.refundedMinor) == [0])
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2027-01-23", at: processor)
        #expect(none.isEmpty)
        try await expectSound(test)
    }

    @Test(arguments: [(Dispute.State.lost, Int64(500)), (.won, 0)])
    func `a dispute that is lost is money that went back, one that is won is not`(
        state: Dispute.State, refunded: Int64
    ) async throws {
        let (test, charge, processor) = try await TestBook.charged()
        for word in [.open, state, state, .open] {
            try await tell(dispute(word, of: charge), test, processor)
        }
        #expect(try await test.disputes(of: charge).map(\.state) == [state])
        let closed = try await test.onlyCharge()
        #expect(closed.state == .succeeded && closed.refundedMinor == refunded)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.state == .cancelled && pledge.totalGiven.minorUnits == 500 - refunded)
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.succeeded", "charge.disputed",
                "charge.dispute_closed",
            ])
        try await expectSound(test)
    }

    @Test func `a dispute first reported when closed has both events, and the method is dead`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        try await tell(dispute(.lost, of: charge), test, processor)
        #expect(
            try await test.history(of: charge.id.text).suffix(2) == [
                "charge.disputed", "charge.dispute_closed",
            ])
        #expect(try await test.methods().map(\.state) == [.dead])
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `a lost dispute does not count refunded money again`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.answerRefunds(.succeed)
        try await test.refund(charge, "2.00", through: processor)
        try await tell(dispute(.lost, of: charge), test, processor)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        #expect(try await test.pledge(charge.pledgeID).totalGiven.minorUnits == 0)
        try await expectSound(test)
    }

    @Test func `a dispute calls off the charge of another pledge that was declined`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plantDue()
        let second = try await test.plantSecondPledge(of: planted, in: .active)
        let processor = test.processor(.succeed)
        processor.answer { order in
            order.reference.pledgeID == second.id ? .decline("insufficient_funds") : .succeed
        }
        try await test.bill(through: processor)
        let paid = try #require(await test.charges().first { $0.state == .succeeded })
        try await tell(dispute(.open, of: paid), test, processor)
        #expect(try await test.charges(of: second).map(\.state) == [.cancelled])
        try await expectSound(test)
    }

    @Test func `a warning of fraud ends the pledge before a dispute comes`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let payment = try #require(charge.remoteID)
        for _ in 0..<2 {
            try await tell(.fraudWarning(paymentRemoteID: payment), test, processor)
        }
        #expect(try await test.methods().map(\.state) == [.dead])
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.cancellation == Cancellation(reason: .revoked, by: .processor))
        #expect(try await test.onlyCharge() == charge)
        #expect(try await test.disputes(of: charge).isEmpty)
        try await expectSound(test)
    }

    @Test func `what a processor did, the events say that it did`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        try await tell(dispute(.open, of: charge), test, processor)
        let event = try #require(await test.events().last { $0.type == "charge.disputed" })
        #expect(event.actor.contains("sandbox"))
    }
}
