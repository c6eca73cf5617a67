import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// An operator says what became of a charge.
@Suite struct ResolveChargeTests {
    private let note = "seen in the processor's dashboard"

    /// A book whose one charge got that reply.
    private func charged(
        _ reply: ScriptedProcessor.Reply, _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> (test: TestBook, charge: Charge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        try await test.plantDue(change)
        let processor = test.processor(reply)
        try await test.bill(through: processor)
        return (test, try await test.onlyCharge(), processor)
    }

    private func resolve(
        _ charge: Charge, as verdict: ResolveCharge.Verdict, note: String? = nil,
        in test: TestBook
    ) async throws -> Charge {
        try await ResolveCharge.run(
            charge.id, as: verdict, note: note ?? self.note, in: test.context())
    }

    // MARK: The money arrived

    @Test(arguments: [
        (ScriptedProcessor.Reply.lose(.succeed), ChargeState.unknown), (.accept, .pending),
    ])
    func `money that a person saw is booked, and nobody is asked any more`(
        reply: ScriptedProcessor.Reply, state: ChargeState
    ) async throws {
        let (test, charge, processor) = try await charged(reply)
        #expect(charge.state == state)
        let resolved = try await resolve(charge, as: .succeeded, in: test)
        #expect(resolved.state == .succeeded && resolved.reason == nil)
        #expect(resolved.paidAt == test.now && resolved.nextStepAt == nil)
        #expect(resolved.note == note)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.state == .active && pledge.chargesSucceeded == 1)
        #expect(pledge.totalGiven.minorUnits == 500)
        #expect(try await test.attempts(of: charge).map(\.state) == [.succeeded])
        #expect(try await test.history(of: charge.id.text).last == "charge.resolved")
        #expect(try await test.mails(of: .receipt) == 1)
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-21", at: processor)
        #expect(none.isEmpty && processor.lookUps.isEmpty && processor.withdrawals.isEmpty)
        try await expectSound(test)
    }

    @Test(arguments: [ResolveCharge.Verdict.succeeded, .notReceived])
    func `what waits for the reader at the bank is not resolved by hand`(
        verdict: ResolveCharge.Verdict
    ) async throws {
        let (test, charge, _) = try await charged(.needAction())
        await expectRefusal(.conflict) { try await resolve(charge, as: verdict, in: test) }
        #expect(try await test.onlyCharge().state == .actionRequired)
    }

    @Test func `the processor's payment id is learnt later, so that it can be refunded`()
        async throws
    {
        let (test, charge, processor) = try await charged(.lose(.succeed))
        let resolved = try await resolve(charge, as: .succeeded, in: test)
        #expect(resolved.remoteID == nil)
        let report = try await ReconcileProcessor.run(processor, in: test.context())
        #expect(report.compared == 1 && report.differences.isEmpty)
        let known = try await test.onlyCharge()
        #expect(known.remoteID == ScriptedProcessor.remoteID(of: test.reference(of: charge)))
        #expect(known.version == resolved.version)
        processor.answerRefunds(.succeed)
        try await test.refund(known, through: processor)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        try await expectSound(test)
    }

    @Test func `a charge that was closed because nobody knew can be booked in the end`()
        async throws
    {
        let (test, charge, processor) = try await charged(.lose(.succeed))
        // Its list lacks the payment, and it answers no look-up.
        processor.lose(ScriptedProcessor.remoteID(of: test.reference(of: charge)))
        processor.isSearchDown = true
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-12-05")
        try await test.bill(through: processor, on: "2026-12-22")
        let closed = try #require(await test.charges().first { $0.id == charge.id })
        #expect(closed.state == .closed)
        #expect(try await resolve(closed, as: .succeeded, in: test).state == .succeeded)
        let pledge = try await test.pledge(charge.pledgeID)
        #expect(pledge.chargesSucceeded == 2 && pledge.totalGiven.minorUnits == 1_000)
        try await expectSound(test)
    }

    // MARK: The money did not arrive

    @Test(arguments: [ScriptedProcessor.Reply.accept, .needAction()])
    func `a charge that the processor still has cannot be resolved as failed`(
        reply: ScriptedProcessor.Reply
    ) async throws {
        let (test, charge, _) = try await charged(reply)
        await expectRefusal(.conflict) { try await resolve(charge, as: .notReceived, in: test) }
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `money that never got there is a soft decline, tried again under another key`()
        async throws
    {
        let (test, charge, processor) = try await charged(.neverArrive)
        let resolved = try await resolve(charge, as: .notReceived, in: test)
        #expect(resolved.state == .declined && resolved.reason == "not_received")
        #expect(resolved.nextStepAt == Instant(rfc3339: "2026-11-23T00:00:00Z"))
        #expect(resolved.note == note)
        #expect(try await test.pledge(charge.pledgeID).state == .pastDue)
        let attempt = try #require(await test.attempts(of: charge).first)
        #expect(attempt.state == .declined && attempt.code == "not_received")
        #expect(try await test.history(of: charge.id.text).last == "charge.resolved")
        processor.answer(.succeed)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.keys == [1, 2].map { "\(charge.pledgeID.text):1:\($0)" })
        #expect(try await test.pledge(charge.pledgeID).state == .active)
        try await expectSound(test)
    }

    @Test func `the processor's later answer corrects the operator before the next attempt`()
        async throws
    {
        let (test, charge, processor) = try await charged(.lose(.succeed))
        _ = try await resolve(charge, as: .notReceived, in: test)
        try await test.receive(
            processor.tell(
                .charge(
                    test.reference(of: charge), charge.amount,
                    .init(.succeeded(at: test.now, nil), remoteID: "late"))),
            from: processor)
        #expect(try await test.onlyCharge().state == .succeeded)
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-21", at: processor)
        #expect(none.isEmpty)
        #expect(try await test.pledge(charge.pledgeID).chargesSucceeded == 1)
        try await expectSound(test)
    }

    @Test func `an unreceived charge of an ended pledge is ended, too`() async throws {
        let (test, charge, processor) = try await charged(.neverArrive)
        _ = try await CancelPledge.run(
            charge.pledgeID, .init(reason: .cannotAfford, by: .supporter), in: test.context())
        #expect(try await resolve(charge, as: .notReceived, in: test).state == .cancelled)
        #expect(try await test.pledge(charge.pledgeID).state == .cancelled)
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-11-30", at: processor)
        #expect(none.isEmpty)
        try await expectSound(test)
    }

    // MARK: What cannot be resolved

    @Test(arguments: ResolveCharge.Verdict.allCases)
    func `a charge that is held was never sent`(verdict: ResolveCharge.Verdict) async throws {
        let test = try await TestBook()
        try await test.plantDue { $0.country = "RU" }
        try await test.setPolicy(.refuse, for: "RU")
        try await test.bill(through: test.processor(.succeed))
        let held = try await test.onlyCharge()
        #expect(held.state == .held)
        let message = await expectRefusal(.conflict) {
            try await resolve(held, as: verdict, in: test)
        }
        #expect(message.contains("the charge is held"))
        #expect(try await test.onlyCharge() == held)
    }

    @Test func `a paid charge is refunded, not resolved as lost`() async throws {
        let (test, charge, _) = try await TestBook.charged()
        let message = await expectRefusal(.conflict) {
            try await resolve(charge, as: .notReceived, in: test)
        }
        #expect(message.contains("refund"))
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `resolving a paid charge as paid changes nothing`() async throws {
        let (test, charge, _) = try await TestBook.charged()
        let events = try await test.events().count
        #expect(try await resolve(charge, as: .succeeded, in: test) == charge)
        #expect(try await test.events().count == events)
        #expect(try await test.mails(of: .receipt) == 1)
    }

    @Test func `resolving a declined charge as not received changes nothing`() async throws {
        let (test, charge, _) = try await charged(.decline("lost_card"))
        #expect(try await resolve(charge, as: .notReceived, in: test) == charge)
    }

    @Test func `an unknown charge id is refused`() async throws {
        let test = try await TestBook()
        await expectRefusal(.notFound) {
            try await ResolveCharge.run(
                ID(bits: 1), as: .succeeded, note: note, in: test.context())
        }
    }

    // MARK: The note

    @Test(arguments: ["", "card \(cardNumber)", "a\u{0}b", String(repeating: "a", count: 2_001)])
    func `a missing or unacceptable note is refused`(note: String) async throws {
        let (test, charge, _) = try await charged(.neverArrive)
        await expectRefusal(.invalid, field: .note) {
            try await resolve(charge, as: .succeeded, note: note, in: test)
        }
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `the note is sealed: its text stands in no file and in no event`() async throws {
        let (test, charge, _) = try await charged(.neverArrive)
        _ = try await resolve(charge, as: .succeeded, in: test)
        #expect(try await test.onlyCharge().note == note)
        #expect(try !test.fileHolds(note))
        #expect(try await test.events().allSatisfy { !$0.body.contains("dashboard") })
    }
}
