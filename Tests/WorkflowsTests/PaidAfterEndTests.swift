import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Money that arrives for a pledge that was given up, or that has ended.
@Suite struct PaidAfterEndTests {
    /// A processor that accepts orders and decides later.
    private func bank(_ test: TestBook) -> ScriptedProcessor {
        let processor = test.processor(.accept)
        processor.answerRefunds(.succeed)
        return processor
    }

    private func succeed(
        _ charge: Charge, at moment: Instant? = nil, in test: TestBook,
        through processor: ScriptedProcessor
    ) async throws {
        let reference = test.reference(of: charge, attempt: charge.attempts)
        let outcome = ChargeOutcome.succeeded(at: moment ?? test.now, nil)
        processor.settle(reference, as: outcome)
        try await test.receive(
            processor.tell(
                .charge(
                    reference, charge.amount,
                    ChargeAnswer(
                        outcome, remoteID: ScriptedProcessor.remoteID(of: reference)))),
            from: processor)
    }

    /// A pledge whose charge of 22 November failed until it lapsed on 20 December.
    private func lapsed(
        _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> GivenUp {
        let test = try await TestBook(newsroom: .ready)
        let planted = try await test.plantDue(change)
        let pledge = try #require(planted.pledge)
        let processor = test.processor(.decline("insufficient_funds"))
        processor.answerRefunds(.succeed)
        _ = try await test.daysOfOrders(
            from: "2026-11-22", through: "2026-11-29", at: processor)
        try await test.tellReaders(on: "2026-11-29")
        _ = try await test.daysOfOrders(
            from: "2026-11-30", through: "2026-12-20", at: processor)
        try #require(try await test.pledge(pledge.id).state == .lapsed)
        return GivenUp(
            test: test, planted: planted, charge: try await test.onlyCharge(),
            processor: processor)
    }

    /// A one-off whose charge failed, abandoned on 24 November.
    private func abandonedOneOff() async throws -> GivenUp {
        let test = try await TestBook()
        let planted = try await test.plantDue {
            $0.interval = .once
            $0.state = .pending
            $0.startedOn = "2026-11-22"
        }
        let processor = test.processor(.decline("insufficient_funds"))
        processor.answerRefunds(.succeed)
        try await test.bill(through: processor)
        try await test.bill(through: processor, on: "2026-11-24")
        let charge = try await test.onlyCharge()
        try #require(try await test.pledge(charge.pledgeID).state == .abandoned)
        return GivenUp(test: test, planted: planted, charge: charge, processor: processor)
    }

    private struct GivenUp {
        let test: TestBook
        let planted: Planted
        let charge: Charge
        let processor: ScriptedProcessor
    }

    @Test func `a pledge that was given up goes on once its charge turns out to be paid`()
        async throws
    {
        let lapsed = try await lapsed()
        let (test, charge, processor) = (lapsed.test, lapsed.charge, lapsed.processor)
        try test.moveClock(to: "2026-12-22T12:00:00Z")
        try await succeed(charge, in: test, through: processor)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.state == .active && pledge.endedAt == nil)
        // 22 January is the first anchor date at least 23 days on.
        #expect(pledge.nextChargeOn == (try day("2027-01-22")))
        #expect(pledge.chargesSucceeded == 1 && pledge.nextPeriod == 2)
        #expect(try await test.history(of: pledge.id.text).last == "pledge.revived")
        #expect(try await test.mails(of: .receipt) == 1)
        let receipt = try #require(
            try await test.post().map { $0.body.replacing("=\r\n", with: "") }.first {
                $0.contains("payments had ended")
            })
        #expect(receipt.contains("They go on."))
        #expect(try await test.openAttention().isEmpty)
        processor.answer(.succeed)
        #expect(
            try await test.daysOfOrders(from: "2026-12-23", through: "2027-01-25", at: processor)
                == ["2027-01-22"])
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 2)
        try await expectSound(test)
    }

    @Test func `a one-off that was given up is complete`() async throws {
        let oneOff = try await abandonedOneOff()
        let test = oneOff.test
        try await succeed(oneOff.charge, in: test, through: oneOff.processor)
        #expect(try await test.pledge(oneOff.charge.pledgeID).state == .completed)
        #expect(try await test.mails(of: .receipt) == 1)
        try await expectSound(test)
    }

    @Test func `a reader who gave again gets the late payment back`() async throws {
        let lapsed = try await lapsed()
        let (test, charge, processor) = (lapsed.test, lapsed.charge, lapsed.processor)
        _ = try await test.plantSecondPledge(of: lapsed.planted, in: .active)
        try test.moveClock(to: "2026-12-22T12:00:00Z")
        try await succeed(charge, in: test, through: processor)
        #expect(try await test.pledge(charge.pledgeID).state == .lapsed)
        #expect(try await test.openAttention().map(\.kind) == [.paymentAfterEnd])
        try await test.reconcile(through: processor)
        #expect(processor.refundOrders.count == 1)
        #expect(try await test.pledge(charge.pledgeID).totalGiven.minorUnits == 0)
        #expect(try await test.mails(of: .paymentReturned) == 1)
        #expect(try await test.mails(of: .receipt) == 0)
        #expect(try await test.openAttention().isEmpty)
        try await expectSound(test)
    }

    /// What the reader did since is their last word, and whoever gets no mail cannot be told.
    @Test(arguments: ["left again", "no mail", "no method"])
    func `a pledge that was given up stays so`(why: String) async throws {
        let lapsed = try await lapsed()
        let (test, charge, processor) = (lapsed.test, lapsed.charge, lapsed.processor)
        switch why {
        case "left again":
            _ = try await test.plantSecondPledge(of: lapsed.planted, in: .cancelled)
        case "no mail":
            try await SuppressAddress.run(
                "reader@example.org", .all, .bounce, in: test.context())
        default:
            let method = try #require(lapsed.planted.method)
            _ = try await RemovePaymentMethod.run(
                method.id, cancellingPledges: true, by: .supporter, in: test.context())
        }
        try test.moveClock(to: "2026-12-22T12:00:00Z")
        try await succeed(charge, in: test, through: processor)
        try await test.reconcile(through: processor)
        #expect(try await test.pledge(charge.pledgeID).state == .lapsed)
        #expect(processor.refundOrders.count == 1)
        #expect(try await test.mails(of: .receipt) == 0)
        try await expectSound(test)
    }

    @Test func `a one-off given again is not kept twice`() async throws {
        let oneOff = try await abandonedOneOff()
        let (test, processor) = (oneOff.test, oneOff.processor)
        _ = try await test.plantSecondPledge(of: oneOff.planted, in: .completed)
        try test.moveClock(to: "2026-11-25T12:00:00Z")
        try await succeed(oneOff.charge, in: test, through: processor)
        try await test.reconcile(through: processor)
        #expect(processor.refundOrders.count == 1)
        #expect(try await test.mails(of: .paymentReturned) == 1)
    }

    @Test func `the next charge is 23 days after the reader is told`() async throws {
        let lapsed = try await lapsed()
        try lapsed.test.moveClock(to: "2027-01-10T12:00:00Z")
        let paidAt = try #require(Instant(rfc3339: "2026-12-22T12:00:00Z"))
        try await succeed(
            lapsed.charge, at: paidAt, in: lapsed.test, through: lapsed.processor)
        let pledge = try await lapsed.test.pledge(lapsed.charge.pledgeID)
        #expect(pledge.state == .active)
        #expect(pledge.nextChargeOn == (try day("2027-02-22")))
    }

    /// A debit is on its way while the reader leaves.
    @Test(arguments: [false, true])
    func `what a bank takes after the reader has left is sent back`(isBefore: Bool) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = bank(test)
        try await test.bill(through: processor)
        let taken = test.now
        try test.moveClock(to: "2026-11-24T12:00:00Z")
        _ = try await CancelPledge.run(
            pledge.id, Cancellation(reason: .cannotAfford, by: .supporter), in: test.context())
        try test.moveClock(to: "2026-11-25T12:00:00Z")
        let charge = try await test.onlyCharge()
        try await succeed(
            charge, at: isBefore ? taken : test.now, in: test, through: processor)
        try await test.reconcile(through: processor)
        #expect(try await test.pledge(pledge.id).state == .cancelled)
        #expect(processor.refundOrders.count == (isBefore ? 0 : 1))
        #expect(try await test.mails(of: .paymentReturned) == (isBefore ? 0 : 1))
        #expect(try await test.mails(of: .receipt) == (isBefore ? 1 : 0))
        #expect(try await test.openAttention().isEmpty)
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == (isBefore ? 500 : 0))
        try await expectSound(test)
    }

    /// A daily run reads the list first, and then the messages.
    @Test func `what the list tells first is sent back once its message confirms it`() async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = bank(test)
        try await test.bill(through: processor)
        try test.moveClock(to: "2026-11-24T12:00:00Z")
        _ = try await CancelPledge.run(
            pledge.id, Cancellation(reason: .cannotAfford, by: .supporter), in: test.context())
        try test.moveClock(to: "2026-11-25T12:00:00Z")
        let reference = test.reference(of: try await test.onlyCharge())
        let outcome = ChargeOutcome.succeeded(at: test.now, nil)
        processor.settle(reference, as: outcome)
        _ = try await ReconcileProcessor.run(processor, in: test.context())
        let open = try #require(try await test.openAttention().first)
        #expect(open.kind == .paymentAfterEnd)
        #expect(open.detail == "5.00 USD; not sent back: it may be another copy's")
        try await test.receive(
            processor.tell(
                .charge(
                    reference, pledge.amount,
                    ChargeAnswer(
                        outcome, remoteID: ScriptedProcessor.remoteID(of: reference)))),
            from: processor)
        try await test.reconcile(through: processor)
        #expect(processor.refundOrders.count == 1)
        #expect(try await test.openAttention().isEmpty)
        #expect(try await test.mails(of: .paymentReturned) == 1)
        try await expectSound(test)
    }

    @Test func `where money is refused, a pledge that was given up stays so`() async throws {
        let lapsed = try await lapsed { $0.country = "RU" }
        let (test, charge, processor) = (lapsed.test, lapsed.charge, lapsed.processor)
        try await test.setPolicy(.refuse, for: "RU")
        try test.moveClock(to: "2026-12-22T12:00:00Z")
        try await succeed(charge, in: test, through: processor)
        #expect(try await test.pledge(charge.pledgeID).state == .lapsed)
        #expect(try await test.openAttention().map(\.kind) == [.paymentAfterEnd])
        try await expectSound(test)
    }
}
