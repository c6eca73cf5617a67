import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// An older copy of the book becomes the present one. It does not take again what was paid without
/// it.
@Suite struct AdoptPaymentsTests {
    /// A book, a copy of it from before anything was billed, its pledge, and the processor of both.
    private func copied(
        _ reply: ScriptedProcessor.Reply = .succeed, mode: ProcessorMode = .test,
        _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> (test: TestBook, copy: TestBook, pledge: Pledge, at: ScriptedProcessor) {
        let test = try await TestBook()
        let pledge = try await test.duePledge(change)
        return (test, try await test.copy(), pledge, test.processor(reply, mode: mode))
    }

    /// Sets both clocks to the same time and releases the copy.
    private func release(
        _ copy: TestBook, after test: TestBook, _ processor: ScriptedProcessor
    ) async throws {
        copy.now = test.now
        _ = try await ReleaseBook.run(
            sendsAgain: false, in: copy.context())
    }

    @Test func `a held copy charges nobody`() async throws {
        let (test, copy, _, processor) = try await copied()
        try await test.bill(through: processor)
        await expectRefusal(.notPermitted) { try await copy.bill(through: processor) }
        await expectRefusal(.notPermitted) {
            try await copy.bill(through: processor, .init(isDryRun: true))
        }
        await expectRefusal(.notPermitted) { try await copy.reconcile(through: processor) }
        #expect(processor.orders.count == 1)
        #expect(try await copy.charges().isEmpty)
    }

    @Test func `what was paid is adopted, and its period is not charged again`() async throws {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        let original = try await test.onlyCharge()
        try await release(copy, after: test, processor)
        let summary = try await copy.bill(through: processor)
        #expect(summary.reconciled.adopted == 1 && summary.charged == BillingTally())
        #expect(processor.orders.count == 1 && processor.payments.count == 1)
        let adopted = try await copy.onlyCharge()
        #expect(adopted.id == original.id && adopted.state == .succeeded)
        #expect(adopted.amount == original.amount && adopted.dueOn == original.dueOn)
        #expect(adopted.remoteID == original.remoteID && adopted.paidAt == original.paidAt)
        #expect(adopted.attempts == 1 && adopted.nextStepAt == nil)
        let paid = try await copy.pledge(pledge.id)
        #expect(paid.nextPeriod == 2 && paid.nextChargeOn == CivilDate("2026-12-22"))
        #expect(paid.chargesSucceeded == 1 && paid.totalGiven.minorUnits == 500)
        #expect(
            try await copy.history(of: adopted.id.text) == ["charge.unknown", "charge.succeeded"])
        #expect(try await copy.bill(through: processor).reconciled.adopted == 0)
        try await expectSound(copy)
        // The other book is held from now on.
        await expectRefusal(.notPermitted) { try await test.bill(through: processor) }
    }

    @Test func `months that went by without it are adopted, and the next one is its own`()
        async throws
    {
        let (test, copy, pledge, processor) = try await copied()
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2027-01-25", at: processor)
        #expect(days == ["2026-11-22", "2026-12-22", "2027-01-22"])
        try await release(copy, after: test, processor)
        processor.pageSize = 2
        #expect(try await copy.bill(through: processor).reconciled.adopted == 3)
        #expect(processor.orders.count == 3)
        #expect(try await copy.charges(of: pledge).map(\.firstPeriod) == [1, 2, 3])
        #expect(try await copy.charges(of: pledge).allSatisfy { $0.state == .succeeded })
        #expect(
            try await copy.charges(of: pledge).map(\.dueOn.description) == [
                "2026-11-22", "2026-12-22", "2027-01-22",
            ])
        try test.moveClock(to: "2027-02-22T12:00:00Z")
        #expect(try await copy.bill(through: processor, on: "2027-02-22").charged.succeeded == 1)
        #expect(processor.keys.last == "\(pledge.id.text):4:1")
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        try await expectSound(copy)
    }

    @Test func `a payment for several months covers all of them`() async throws {
        let (test, copy, pledge, processor) = try await copied(.succeed) {
            ($0.state, $0.collectEvery, $0.nextChargeOn) = (.pending, 3, "2026-11-22")
        }
        try await test.bill(through: processor)
        try await release(copy, after: test, processor)
        try await copy.bill(through: processor)
        #expect(processor.orders.count == 1)
        let charge = try await copy.onlyCharge()
        #expect(charge.periodCount == 3 && charge.amount.minorUnits == 1_500)
        let paid = try await copy.pledge(pledge.id)
        #expect(paid.nextPeriod == 4 && paid.nextChargeOn == CivilDate("2027-02-22"))
        #expect(paid.state == .active)
        try await expectSound(copy)
    }

    @Test func `everybody is adopted, and whoever was not charged yet is charged`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(7)
        let copy = try await test.copy()
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, .init(limit: 4))
        try await release(copy, after: test, processor)
        let summary = try await copy.bill(through: processor)
        #expect(summary.reconciled.adopted == 4 && summary.charged.succeeded == 3)
        #expect(processor.takings.count == 7)
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        #expect(try await copy.pledges().allSatisfy { $0.chargesSucceeded == 1 })
        try await expectSound(copy)
    }

    // MARK: What was not paid

    @Test func `a decline is not adopted: the same key gets the same answer`() async throws {
        let (test, copy, pledge, processor) = try await copied(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try await release(copy, after: test, processor)
        let summary = try await copy.bill(through: processor)
        #expect(summary.reconciled.adopted == 0 && summary.charged.declined == 1)
        #expect(processor.keys == [1, 1].map { "\(pledge.id.text):1:\($0)" })
        #expect(processor.payments.count == 1)
        #expect(try await copy.pledge(pledge.id).state == .pastDue)
        try await expectSound(copy)
    }

    @Test func `a retry that succeeded is adopted as the attempt that it was`() async throws {
        let (test, copy, pledge, processor) = try await copied(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        let later = try await test.copy()
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
        // One copy does not know the decline, the other one does.
        for (book, attempts) in [(copy, 1), (later, 2)] {
            try await release(book, after: test, processor)
            try await book.bill(through: processor)
            #expect(processor.orders.count == 2)
            let charge = try await book.onlyCharge()
            #expect(charge.state == .succeeded && charge.attempts == 2)
            #expect(try await book.attempts(of: charge).count == attempts)
            #expect(try await book.pledge(pledge.id).state == .active)
            #expect(try await book.pledge(pledge.id).chargesSucceeded == 1)
            try await expectSound(book)
        }
    }

    @Test func `a payment that still waits there is recorded as waiting`() async throws {
        let (test, copy, pledge, processor) = try await copied(.accept)
        try await test.bill(through: processor)
        try await release(copy, after: test, processor)
        try await copy.bill(through: processor)
        let charge = try await copy.onlyCharge()
        #expect(charge.state == .pending && processor.orders.count == 1)
        processor.settle(copy.reference(of: charge), as: .succeeded(at: copy.now, nil))
        try test.moveClock(to: "2026-11-23T12:00:00Z")
        try await copy.bill(through: processor, on: "2026-11-23")
        #expect(try await copy.onlyCharge().state == .succeeded)
        #expect(processor.orders.count == 1)
        #expect(try await copy.pledge(pledge.id).chargesSucceeded == 1)
        try await expectSound(copy)
    }

    // MARK: What changed since

    @Test func `a pledge that was cancelled in the copy stays so, and its money is counted`()
        async throws
    {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        _ = try await CancelPledge.run(
            pledge.id, .init(reason: .cannotAfford, by: .supporter), in: copy.context())
        try await release(copy, after: test, processor)
        #expect(try await copy.bill(through: processor).reconciled.adopted == 1)
        let present = try await copy.pledge(pledge.id)
        #expect(present.state == .cancelled && present.nextChargeOn == nil)
        #expect(present.chargesSucceeded == 1 && present.totalGiven.minorUnits == 500)
        #expect(processor.orders.count == 1)
        try await expectSound(copy)
    }

    @Test func `what was given back without it is known after its messages were read`()
        async throws
    {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        processor.answerRefunds(.succeed)
        let refund = try await test.refund(charge, "2.00", through: processor)
        processor.tell(
            .refund(
                paymentRemoteID: try #require(charge.remoteID), number: refund.number,
                refund.amount, RefundAnswer(.succeeded, remoteID: refund.remoteID)))
        try await release(copy, after: test, processor)
        try await copy.bill(through: processor)
        #expect(try await copy.onlyCharge().refundedMinor == 200)
        #expect(try await copy.refunds(of: charge).map(\.number) == [1])
        #expect(try await copy.pledge(pledge.id).totalGiven.minorUnits == 300)
        // The copy's next refund is a new one at the processor, too.
        try await copy.refund(charge, through: processor)
        #expect(processor.refundOrders.map(\.number) == [1, 2])
        #expect(processor.payments.map(\.refundedMinor) == [500])
        try await expectSound(copy)
    }

    @Test func `a person who is not in the copy's book any more is not brought back`()
        async throws
    {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        _ = try await EraseSupporter.run(pledge.supporterID, by: .supporter, in: test.context())
        try await release(copy, after: test, processor)
        try await copy.bill(through: processor)
        #expect(try await copy.supporters().map(\.contact) == [nil])
        #expect(try await copy.onlyCharge().state == .succeeded)
        #expect(try await copy.mails(of: .receipt) == 0)
        #expect(processor.orders.count == 1)
        try await expectSound(copy)
    }

    // MARK: When it cannot be known

    @Test func `while the processor cannot be asked nothing is charged, however often it is run`()
        async throws
    {
        let (test, copy, _, processor) = try await copied()
        try await test.bill(through: processor)
        try await release(copy, after: test, processor)
        processor.isDown = true
        for _ in 0..<2 {
            let summary = try await copy.bill(through: processor)
            #expect(summary.unreachable == ["sandbox"] && summary.charged == BillingTally())
        }
        processor.isDown = false
        #expect(try await copy.bill(through: processor).reconciled.adopted == 1)
        #expect(processor.orders.count == 1)
    }

    @Test(arguments: 1...12)
    func `killed before any of its writes, the copy still charges nothing twice`(
        write: Int
    ) async throws {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        try await release(copy, after: test, processor)
        let driver = HookedDriver(copy.database) { if $0 == write { throw Killed() } }
        do {
            _ = try await RunBilling.run(
                through: Processors([processor]), in: copy.context(through: driver))
        } catch is Killed {
            try await expectSound(copy)
        }
        try await copy.bill(through: processor)
        #expect(processor.orders.count == 1)
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
        #expect(try await copy.onlyCharge().state == .succeeded)
        #expect(try await copy.pledge(pledge.id).chargesSucceeded == 1)
        try await expectSound(copy)
    }

    // MARK: Out of order

    @Test(arguments: [ScriptedProcessor.Reply.needAction(), .accept])
    func `an open payment stays open, whatever is told about the month before`(
        reply: ScriptedProcessor.Reply
    ) async throws {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        processor.answer(reply)
        try await test.bill(through: processor, on: "2026-12-22")
        let open = try await test.charges(of: pledge)[1]
        try await release(copy, after: test, processor)
        #expect(try await copy.bill(through: processor).reconciled.adopted == 2)
        let charges = try await copy.charges(of: pledge)
        #expect(charges.map(\.firstPeriod) == [1, 2] && charges.map(\.state)[0] == .succeeded)
        #expect(charges[1].state == open.state && charges[1].dueOn == open.dueOn)
        #expect(charges[0].dueOn == CivilDate("2026-11-22"))
        #expect(processor.withdrawals.isEmpty && processor.orders.count == 2)
        #expect(try await copy.pledge(pledge.id).totalGiven.minorUnits == 500)
        try await expectSound(copy)
    }

    @Test func `a try that another copy made follows the one that was in doubt here`()
        async throws
    {
        let (test, _, pledge, processor) = try await copied(.lose(.decline("insufficient_funds")))
        try await test.bill(through: processor)
        let copy = try await test.copy()
        #expect(try await copy.onlyCharge().state == .unknown)
        test.now = test.now.adding(seconds: 300)
        processor.answer(.decline("insufficient_funds"))
        try await test.reconcile(through: processor)
        processor.answer(.accept)
        try await test.bill(through: processor, on: "2026-11-23")
        try await release(copy, after: test, processor)
        try await copy.bill(through: processor)
        let pending = try await copy.onlyCharge()
        #expect(pending.state == .pending && pending.attempts == 2)
        #expect(try await copy.attempts(of: pending).map(\.state) == [.declined, .pending])
        processor.settle(
            copy.reference(of: pending, attempt: 2), as: .declined(Decline(code: "do_not_honor")))
        for day in ["2026-11-24", "2026-11-29"] {
            try test.moveClock(to: "\(day)T12:00:00Z")
            try await copy.bill(through: processor, on: day)
            processor.answer(.succeed)
        }
        #expect(processor.keys.last == "\(pledge.id.text):1:3")
        #expect(try await copy.onlyCharge().state == .succeeded)
        try await expectSound(copy)
    }

    @Test func `a payment by a method that the copy never saw is booked`() async throws {
        let (test, copy, pledge, processor) = try await copied(mode: .live) {
            ($0.hasMethod, $0.state) = (false, .pending)
        }
        _ = try await AttachPaymentMethod.run(
            MethodInput(token: "tok_new"), to: pledge.supporterID, paying: pledge.id,
            in: test.context())
        try await test.bill(through: processor)
        try await release(copy, after: test, processor)
        #expect(try await copy.bill(through: processor).reconciled.adopted == 1)
        let paid = try await copy.pledge(pledge.id)
        #expect(paid.state == .active && paid.totalGiven.minorUnits == 500)
        #expect(paid.paymentMethodID == nil)
        try await expectSound(copy)
    }

    @Test func `a refund under a key that another copy used has that copy's amount`() async throws {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        processor.answerRefunds(.succeed)
        try await test.refund(test.onlyCharge(), through: processor)
        try await release(copy, after: test, processor)
        try await copy.bill(through: processor)
        // The processor told the other copy alone of its refund.
        let refund = try await copy.refund(copy.onlyCharge(), "1.00", through: processor)
        #expect(refund.state == .succeeded && refund.amount.minorUnits == 500)
        #expect(try await copy.onlyCharge().refundedMinor == 500)
        #expect(try await copy.pledge(pledge.id).totalGiven.minorUnits == 0)
        try await expectSound(copy)
    }

    @Test func `a refund of each copy is a refund, though both have one number`() async throws {
        let (test, copy, pledge, processor) = try await copied()
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        let payment = try #require(charge.remoteID)
        processor.answerRefunds(.succeed)
        let ours = try await test.refund(charge, "2.00", through: processor)
        try await release(copy, after: test, processor)
        try await copy.bill(through: processor)
        // A refund that was made at the processor is told first, and takes our number.
        for (number, remoteID, cents) in [(nil, "re_hand", 100), (1, ours.remoteID, 200)] {
            try await copy.receive(
                processor.tell(
                    .refund(
                        paymentRemoteID: payment, number: number,
                        Money(minorUnits: Int64(cents), currency: charge.amount.currency),
                        RefundAnswer(.succeeded, remoteID: remoteID))), from: processor)
        }
        #expect(try await copy.onlyCharge().refundedMinor == 300)
        #expect(try await copy.refunds(of: charge).map(\.number) == [1, 2])
        #expect(try await copy.pledge(pledge.id).totalGiven.minorUnits == 200)
        try await expectSound(copy)
    }
}
