import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// RefundCharge under an idempotency key: a repeat is told what came of the refund.
@Suite struct RefundRepeatTests {
    /// Asks for two dollars back, always under the same key.
    private func ask(
        _ charge: Charge, through processor: ScriptedProcessor, in context: Context
    ) async throws -> RequestConditions.Answer {
        let asked = RequestConditions(
            key: .init(text: "k-1", request: RequestDigest("refundCharge", subject: charge.id.text))
        )
        return try await asked.run(in: context) { context in
            try await RefundCharge.run(
                charge.id, amount: "2.00", through: Processors([processor]), in: context)
        }
    }

    /// The state in an answer.
    private func state(_ answer: RequestConditions.Answer) throws -> String? {
        let json = try JSON(reading: Array(answer.shown.json.utf8))
        guard case .string(let state)? = json["state"] else { return nil }
        return state
    }

    private func expectOneRefund(
        _ minorUnits: Int64, _ test: TestBook, _ processor: ScriptedProcessor
    ) async throws {
        let charge = try await test.onlyCharge()
        #expect(try await test.refunds(of: charge).count == 1)
        #expect(charge.refundedMinor == minorUnits)
        #expect(processor.payments.map(\.refundedMinor) == [minorUnits])
        try await expectSound(test)
    }

    @Test(arguments: [false, true])
    func `the first answer is the outcome, and a repeat has its bytes`(
        runsWritesTwice: Bool
    ) async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        let context = try test.context(
            through: runsWritesTwice ? TwiceDriver(test.database) : nil)
        let first = try await ask(charge, through: processor, in: context)
        #expect(!first.isRepeat)
        #expect(try state(first) == "succeeded")
        for days: Int64 in [0, 2] {
            test.now = test.now.adding(days: days)
            let repeated = try await ask(charge, through: processor, in: context)
            #expect(repeated.isRepeat && repeated.shown.json == first.shown.json)
        }
        #expect(processor.refundOrders.count == 1)
        try await expectOneRefund(200, test, processor)
    }

    @Test func `what a processor refuses is refused again, without a call`() async throws {
        let (test, charge, processor) = try await TestBook.charged(
            refunding: .fail("charge_already_refunded"))
        let first = try await ask(charge, through: processor, in: test.context())
        #expect(try state(first) == "failed")
        processor.answerRefunds(.succeed)
        let repeated = try await ask(charge, through: processor, in: test.context())
        #expect(repeated.isRepeat && repeated.shown.json == first.shown.json)
        #expect(processor.refundOrders.count == 1)
        try await expectOneRefund(0, test, processor)
    }

    /// The process ended between the refund and its answer.
    @Test func `a repeat of a call that was cut off tells how it stands by now`() async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        let driver = HookedDriver(test.database) { if $0 == 2 { throw Killed() } }
        await #expect(throws: Killed.self) {
            try await ask(charge, through: processor, in: test.context(through: driver))
        }
        let early = try await ask(charge, through: processor, in: test.context())
        #expect(early.isRepeat)
        #expect(try state(early) == "submitted")
        #expect(processor.refundOrders.count == 1)
        test.now = test.now.adding(seconds: 600)
        try await test.reconcile(through: processor)
        try await expectSettled(early, charge, test, processor)
    }

    @Test(arguments: [
        (ScriptedProcessor.RefundReply.lose(.succeed), "unknown"), (.accept, "pending"),
    ])
    func `a repeat of a call that was not answered tells how it stands by now`(
        reply: ScriptedProcessor.RefundReply, standing: String
    ) async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: reply)
        let first = try await ask(charge, through: processor, in: test.context())
        #expect(try state(first) == standing)
        let early = try await ask(charge, through: processor, in: test.context())
        #expect(early.isRepeat && early.shown.json == first.shown.json)
        #expect(processor.refundOrders.count == 1)
        if reply == .accept {
            let payment = try #require(charge.remoteID)
            let message = processor.tell(
                .refund(
                    paymentRemoteID: payment, number: 1,
                    Money(minorUnits: 200, currency: charge.amount.currency),
                    RefundAnswer(
                        .succeeded, remoteID: "ref_\(charge.pledgeID.text):1:refund:1")))
            processor.giveBack(200, of: payment)
            try await test.receive(message, from: processor)
        } else {
            test.now = test.now.adding(seconds: 300)
            try await test.reconcile(through: processor)
        }
        try await expectSettled(early, charge, test, processor)
    }

    /// Expects that a repeat tells the outcome, after the refund of `early` has succeeded.
    private func expectSettled(
        _ early: RequestConditions.Answer, _ charge: Charge, _ test: TestBook,
        _ processor: ScriptedProcessor
    ) async throws {
        let calls = processor.refundOrders.count
        let late = try await ask(charge, through: processor, in: test.context())
        #expect(late.isRepeat && late.shown.id == early.shown.id)
        #expect(try state(late) == "succeeded")
        let again = try await ask(charge, through: processor, in: test.context())
        #expect(again.isRepeat && again.shown.json == late.shown.json)
        #expect(processor.refundOrders.count == calls)
        try await expectOneRefund(200, test, processor)
    }

    @Test func `without its processor, a repeat gets the refund's present state`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        let other = ScriptedProcessor(
            name: "other", clock: { test.now }, answering: { _ in .neverArrive })
        await expectRefusal(.unavailable) {
            try await ask(charge, through: other, in: test.context())
        }
        let repeated = try await ask(charge, through: other, in: test.context())
        #expect(repeated.isRepeat)
        #expect(try state(repeated) == "submitted")
        try await expectOneRefund(0, test, processor)
    }

    @Test func `once its reader is forgotten, a repeat is refused and gives nothing back`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        _ = try await ask(charge, through: processor, in: test.context())
        _ = try await EraseSupporter.run(charge.supporterID, by: .staff, in: test.context())
        await expectRefusal(.conflict, field: .idempotencyKey) {
            try await ask(charge, through: processor, in: test.context())
        }
        #expect(processor.refundOrders.count == 1)
        try await expectOneRefund(200, test, processor)
    }
}
