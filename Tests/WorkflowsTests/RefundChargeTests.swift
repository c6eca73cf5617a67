import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RefundChargeTests {
    /// Receives and applies a message about the first refund of a charge.
    private func tell(
        _ outcome: RefundOutcome, of charge: Charge, _ test: TestBook,
        _ processor: ScriptedProcessor
    ) async throws {
        let payment = try #require(charge.remoteID)
        let message = processor.tell(
            .refund(
                paymentRemoteID: payment, number: 1, charge.amount,
                RefundAnswer(outcome, remoteID: "ref_\(charge.pledgeID.text):1:refund:1")))
        try await test.receive(message, from: processor)
    }

    private func given(_ test: TestBook) async throws -> Int64? {
        try await test.pledges().first?.totalGiven.minorUnits
    }

    // MARK: How much

    @Test func `without an amount the whole charge is refunded and stays succeeded`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        let refund = try await test.refund(charge, through: processor)
        #expect(refund.state == .succeeded && refund.amount == charge.amount)
        #expect(refund.number == 1 && refund.nextStepAt == nil && refund.reason == nil)
        #expect(try await test.refunds(of: charge) == [refund])
        #expect(processor.refundOrders.map(\.key) == ["\(charge.pledgeID.text):1:refund:1"])
        #expect(processor.refundOrders.map(\.paymentRemoteID) == [charge.remoteID])
        #expect(processor.payments.map(\.refundedMinor) == [500])
        let present = try await test.onlyCharge()
        #expect(present.state == .succeeded && present.refundedMinor == 500)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.state == .active && pledge.chargesSucceeded == 1)
        #expect(pledge.totalGiven.minorUnits == 0)
        try await expectSound(test)
    }

    @Test func `partial refunds have their own keys; the last may omit the amount`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        try await test.refund(charge, "2.00", through: processor)
        #expect(try await test.onlyCharge().refundedMinor == 200)
        #expect(try await given(test) == 300)
        try await test.refund(charge, through: processor)
        #expect(processor.refundOrders.map(\.number) == [1, 2])
        #expect(processor.refundOrders.map(\.amount.minorUnits) == [200, 300])
        #expect(try await test.onlyCharge().refundedMinor == 500)
        #expect(try await given(test) == 0)
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.succeeded", "charge.refunded", "charge.refunded",
            ])
        try await expectSound(test)
    }

    @Test func `the event gives the total refunded and the charge's state`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        try await test.refund(charge, "2.00", through: processor)
        let event = try #require(await test.events().last { $0.type == "charge.refunded" })
        #expect(event.subjectID == charge.id.text)
        #expect(event.body.contains(#""refunded":{"amount":"2.00","currency":"USD"}"#))
        #expect(event.body.contains(#""state":"succeeded""#))
    }

    @Test(arguments: ["0", "0.00", "-1.00", "3.01", "1.005", "1,00", "five", ""])
    func `a malformed amount, or more than is left, is refused before any call`(
        amount: String
    ) async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        try await test.refund(charge, "2.00", through: processor)
        await expectRefusal(.invalid, field: .amount) {
            try await test.refund(charge, amount, through: processor)
        }
        #expect(processor.refundOrders.count == 1)
        #expect(try await test.refunds(of: charge).count == 1)
        #expect(try await test.onlyCharge().refundedMinor == 200)
    }

    @Test func `a fully refunded charge has nothing left to refund`() async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        try await test.refund(charge, through: processor)
        let message = await expectRefusal(.conflict) {
            try await test.refund(charge, through: processor)
        }
        #expect(message.contains("has been refunded in full"))
        #expect(processor.refundOrders.count == 1)
    }

    @Test(arguments: [ScriptedProcessor.RefundReply.neverArrive, .accept])
    func `a refund in doubt counts as refunded`(
        reply: ScriptedProcessor.RefundReply
    ) async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: reply)
        try await test.refund(charge, "3.00", through: processor)
        await expectRefusal(.invalid, field: .amount) {
            try await test.refund(charge, "2.01", through: processor)
        }
        processor.answerRefunds(.succeed)
        let rest = try await test.refund(charge, through: processor)
        #expect(rest.amount.minorUnits == 200 && rest.number == 2)
        #expect(try await test.onlyCharge().refundedMinor == 200)
        try await expectSound(test)
    }

    @Test func `two refunds at once give back no more than was taken`() async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        async let first = isTaken(charge, test, processor)
        async let second = isTaken(charge, test, processor)
        let answers = try await [first, second]
        #expect(answers.count { $0 } == 1)
        #expect(processor.payments.map(\.refundedMinor) == [500])
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    private func isTaken(
        _ charge: Charge, _ test: TestBook, _ processor: ScriptedProcessor
    ) async throws -> Bool {
        do {
            try await test.refund(charge, through: processor)
            return true
        } catch let problem as Problem where problem.kind == .conflict {
            return false
        }
    }

    // MARK: Which charges

    @Test(arguments: [
        (ScriptedProcessor.Reply.decline("insufficient_funds"), "declined"),
        (.accept, "pending"), (.neverArrive, "unknown"), (.needAction(), "actionRequired"),
    ])
    func `only a paid charge is refunded`(
        reply: ScriptedProcessor.Reply, state: String
    ) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(reply)
        processor.answerRefunds(.succeed)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        let message = await expectRefusal(.conflict) {
            try await test.refund(charge, through: processor)
        }
        #expect(message == "the charge is \(state), not succeeded")
        #expect(processor.refundOrders.isEmpty)
    }

    @Test func `a payment that came another way cannot be refunded here`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let charge = try await RecordPayment.run(
            .init(pledgeID: pledge.id, note: "in cash"), in: test.context())
        let processor = test.processor(.succeed)
        processor.answerRefunds(.succeed)
        await expectRefusal(.conflict) { try await test.refund(charge, through: processor) }
        #expect(try await test.refunds(of: charge).isEmpty && processor.refundOrders.isEmpty)
    }

    @Test func `a charge of an ended pledge can be refunded`() async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        _ = try await CancelPledge.run(
            charge.pledgeID, .init(reason: .mistake, by: .supporter), in: test.context())
        try await test.refund(charge, through: processor)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.state == .cancelled && pledge.totalGiven.minorUnits == 0)
        try await expectSound(test)
    }

    @Test func `there must be a charge of that id, and the book must be the present one`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        await expectRefusal(.notFound) {
            try await RefundCharge.run(
                ID(bits: 1), amount: nil, through: Processors([processor]), in: test.context())
        }
        let copy = try await test.copy()
        try await test.bill(through: processor)
        await expectRefusal(.notPermitted) { try await copy.refund(charge, through: processor) }
        #expect(processor.refundOrders.isEmpty)
    }

    // MARK: What the processor says

    @Test func `a refusal leaves the charge as it was, and the next try has another key`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(
            refunding: .fail("insufficient_balance"))
        let failed = try await test.refund(charge, through: processor)
        #expect(failed.state == .failed && failed.reason == "insufficient_balance")
        #expect(failed.nextStepAt == nil)
        #expect(try await test.onlyCharge() == charge)
        #expect(try await given(test) == 500)
        processor.answerRefunds(.succeed)
        #expect(try await test.refund(charge, through: processor).number == 2)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `a lost answer is asked for again under the same key, and money goes back once`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .lose(.succeed))
        let refund = try await test.refund(charge, through: processor)
        #expect(refund.state == .unknown && refund.nextStepAt == test.now.adding(seconds: 300))
        #expect(try await test.onlyCharge().refundedMinor == 0)
        test.now = test.now.adding(seconds: 299)
        #expect(try await test.reconcile(through: processor).asked == 0)
        test.now = test.now.adding(seconds: 1)
        let summary = try await test.reconcile(through: processor)
        #expect(summary.asked == 1 && summary.settled == 1)
        #expect(
            processor.refundOrders.map(\.key)
                == [1, 1].map {
                    "\(charge.pledgeID.text):1:refund:\($0)"
                })
        #expect(processor.payments.map(\.refundedMinor) == [500])
        #expect(try await test.refunds(of: charge).map(\.state) == [.succeeded])
        #expect(try await test.onlyCharge().refundedMinor == 500)
        #expect(try await given(test) == 0)
        #expect(try await test.history(of: charge.id.text).last == "charge.refunded")
        try await expectSound(test)
    }

    @Test func `a refusal of a repeat leaves the first call in doubt`() async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .lose(.succeed))
        try await test.refund(charge, through: processor)
        processor.refusesRepeats = true
        test.now = test.now.adding(seconds: 300)
        #expect(try await test.reconcile(through: processor).settled == 0)
        #expect(try await test.refunds(of: charge).map(\.state) == [.unknown])
        await expectRefusal(.conflict) { try await test.refund(charge, through: processor) }
        processor.refusesRepeats = false
        test.now = test.now.adding(hours: 1)
        #expect(try await test.reconcile(through: processor).settled == 1)
        #expect(processor.payments.map(\.refundedMinor) == [500])
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `after a kill between refund and answer, the same key is asked again`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        let driver = HookedDriver(test.database) { if $0 == 2 { throw Killed() } }
        let context = try test.context(through: driver)
        await #expect(throws: Killed.self) {
            try await RefundCharge.run(
                charge.id, amount: nil, through: Processors([processor]), in: context)
        }
        #expect(try await test.refunds(of: charge).map(\.state) == [.submitted])
        #expect(try await test.onlyCharge().refundedMinor == 0)
        test.now = test.now.adding(seconds: 600)
        #expect(try await test.reconcile(through: processor).settled == 1)
        #expect(processor.refundOrders.map(\.number) == [1, 1])
        #expect(processor.payments.map(\.refundedMinor) == [500])
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `a refund waits until its processor is set up`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        await expectRefusal(.unavailable) {
            try await RefundCharge.run(
                charge.id, amount: nil, through: Processors([]), in: test.context())
        }
        #expect(try await test.refunds(of: charge).map(\.state) == [.submitted])
        test.now = test.now.adding(seconds: 600)
        #expect(try await test.reconcile(through: processor).settled == 1)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `a refund that never arrived fails after two days and can be repeated`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .neverArrive)
        try await test.refund(charge, through: processor)
        // The processor may have forgotten the key by now, so its list is read, which may lag.
        test.now = test.now.adding(hours: 24)
        #expect(try await test.reconcile(through: processor).asked == 1)
        #expect(processor.refundOrders.count == 1)
        #expect(try await test.refunds(of: charge).map(\.state) == [.unknown])
        test.now = test.now.adding(hours: 25)
        #expect(try await test.reconcile(through: processor).settled == 1)
        let failed = try #require(await test.refunds(of: charge).first)
        #expect(failed.state == .failed && failed.reason == "not_received")
        #expect(try await test.onlyCharge().refundedMinor == 0)
        processor.answerRefunds(.succeed)
        try await test.refund(charge, through: processor)
        #expect(processor.refundOrders.map(\.number) == [1, 2])
        #expect(processor.payments.map(\.refundedMinor) == [500])
        try await expectSound(test)
    }

    @Test func `an accepted refund counts when the processor confirms it`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged(refunding: .accept)
        let refund = try await test.refund(charge, through: processor)
        #expect(refund.state == .pending && refund.nextStepAt == test.now.adding(days: 1))
        #expect(try await test.onlyCharge().refundedMinor == 0)
        test.now = test.now.adding(days: 1)
        let summary = try await test.reconcile(through: processor)
        #expect(summary.asked == 1 && summary.settled == 0)
        // It is looked up, not ordered again.
        #expect(processor.refundOrders.count == 1)
        try await tell(.succeeded, of: charge, test, processor)
        #expect(try await test.refunds(of: charge).map(\.state) == [.succeeded])
        #expect(try await test.onlyCharge().refundedMinor == 500)
        #expect(try await given(test) == 0)
        try await expectSound(test)
    }

    @Test func `a refund that fails later is taken out of the sum once`() async throws {
        let (test, charge, processor) = try await TestBook.charged(refunding: .succeed)
        try await test.refund(charge, through: processor)
        for _ in 0..<2 {
            try await tell(.failed("expired_or_canceled_card"), of: charge, test, processor)
        }
        let failed = try #require(await test.refunds(of: charge).first)
        #expect(failed.state == .failed && failed.reason == "expired_or_canceled_card")
        let present = try await test.onlyCharge()
        #expect(present.state == .succeeded && present.refundedMinor == 0)
        #expect(try await given(test) == 500)
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.succeeded", "charge.refunded", "charge.refunded",
            ])
        #expect(try await test.refund(charge, through: processor).number == 2)
        try await expectSound(test)
    }
}
