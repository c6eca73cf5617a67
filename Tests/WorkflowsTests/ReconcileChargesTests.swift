import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What happens to a charge whose outcome nobody knows.
@Suite struct ReconcileChargesTests {
    /// A book whose one charge got that reply and is in doubt.
    private func doubtful(
        _ reply: ScriptedProcessor.Reply
    ) async throws -> (test: TestBook, pledge: Pledge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(reply)
        #expect(try await test.bill(through: processor).charged.unknown == 1)
        return (test, pledge, processor)
    }

    private func later(_ minutes: Int64, _ test: TestBook) {
        test.now = test.now.adding(seconds: 60 * minutes)
    }

    @Test func `a lost reply is asked for again under the same key, and money is taken once`()
        async throws
    {
        let (test, pledge, processor) = try await doubtful(.lose(.succeed))
        let unknown = try await test.onlyCharge()
        #expect(unknown.state == .unknown)
        #expect(unknown.nextStepAt == test.now.adding(seconds: 300))
        #expect(try await test.pledge(pledge.id).state == .active)
        later(5, test)
        let summary = try await test.reconcile(through: processor)
        #expect(summary.asked == 1 && summary.settled == 1)
        #expect(processor.keys == [1, 1].map { "\(pledge.id.text):1:\($0)" })
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.attempts == 1)
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 1)
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.unknown", "charge.succeeded",
            ])
        try await expectSound(test)
    }

    @Test func `a refusal of a repeat leaves the first call in doubt`() async throws {
        let (test, pledge, processor) = try await doubtful(.lose(.succeed))
        processor.refusesRepeats = true
        for _ in 0..<3 {
            later(60, test)
            try await test.bill(through: processor)
        }
        #expect(try await test.onlyCharge().state == .unknown)
        #expect(Set(processor.keys) == ["\(pledge.id.text):1:1"])
        // An API key with the right to write gets the answer.
        processor.refusesRepeats = false
        later(24 * 60, test)
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
        try await expectSound(test)
    }

    @Test func `no other attempt is made while the outcome is unknown`() async throws {
        let (test, _, processor) = try await doubtful(.lose(.succeed))
        for minutes in [1, 1, 2] as [Int64] {
            later(minutes, test)
            try await test.bill(through: processor)
        }
        #expect(processor.orders.count == 1 && processor.lookUps.isEmpty)
        later(1, test)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 2)
    }

    @Test func `it is asked for after 5 minutes, an hour, then daily`() async throws {
        let (test, _, processor) = try await doubtful(.neverArrive)
        var asked: [Int64] = []
        let start = test.now
        let minutes: [Int64] = [0, 4, 5, 6, 64, 65, 66, 1_504, 1_505, 1_506, 2_944, 2_945, 2_946]
        for minute in minutes {
            test.now = start.adding(seconds: 60 * minute)
            let before = processor.orders.count + processor.lookUps.count
            try await test.reconcile(through: processor)
            if processor.orders.count + processor.lookUps.count > before { asked.append(minute) }
        }
        #expect(asked == [5, 65, 1_505, 2_945])
        try await expectSound(test)
    }

    @Test func `a process that died before its call is finished by another, after the lease`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.succeed)
        let driver = MortalDriver(test.database) { try await !test.charges().isEmpty }
        await #expect(throws: Killed.self) { try await test.bill(processor, through: driver) }
        #expect(processor.orders.isEmpty)
        #expect(try await test.onlyCharge().state == .submitted)
        later(9, test)
        try await test.bill(through: processor)
        #expect(processor.orders.isEmpty)
        later(1, test)
        try await test.bill(through: processor)
        #expect(processor.keys == ["\(pledge.id.text):1:1"])
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(
            try await test.history(of: test.onlyCharge().id.text) == [
                "charge.submitted", "charge.unknown", "charge.succeeded",
            ])
        try await expectSound(test)
    }

    @Test func `after a process died before recording the answer, another asks for it`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.succeed)
        let driver = MortalDriver(test.database) { !processor.orders.isEmpty }
        await #expect(throws: Killed.self) { try await test.bill(processor, through: driver) }
        #expect(try await test.onlyCharge().state == .submitted)
        later(10, test)
        try await test.bill(through: processor)
        #expect(processor.keys == [1, 1].map { "\(pledge.id.text):1:\($0)" })
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
        #expect(try await test.onlyCharge().state == .succeeded)
        try await expectSound(test)
    }

    @Test(arguments: 1...12)
    func `killed before any of its writes, a run is finished by the next ones`(
        write: Int
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.succeed)
        let driver = HookedDriver(test.database) { if $0 == write { throw Killed() } }
        do {
            try await test.bill(processor, through: driver)
        } catch is Killed {
            try await expectSound(test)
        }
        later(11, test)
        try await test.bill(through: processor)
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(try await test.mails(of: .receipt) == 1)
        try await expectSound(test)
    }

    @Test(arguments: [true, false])
    func `a charge of a cancelled pledge is looked up, never sent again`(
        wasTaken: Bool
    ) async throws {
        let (test, pledge, processor) = try await doubtful(
            wasTaken ? .lose(.succeed) : .lose(.decline("insufficient_funds")))
        _ = try await CancelPledge.run(
            pledge.id, .init(reason: .cannotAfford, by: .supporter), in: test.context())
        later(5, test)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1 && processor.lookUps.count == 1)
        let present = try await test.pledge(pledge.id)
        #expect(present.state == .cancelled)
        #expect(present.totalGiven.minorUnits == (wasTaken ? 500 : 0))
        #expect(try await test.onlyCharge().state == (wasTaken ? .succeeded : .cancelled))
        try await expectSound(test)
    }

    @Test func `a country that was refused meanwhile is asked about, never called again`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue { $0.country = "RU" }
        let processor = test.processor(.lose(.succeed))
        try await test.bill(through: processor)
        try await test.setPolicy(.refuse, for: "RU")
        later(5, test)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1 && processor.lookUps.count == 1)
        #expect(try await test.onlyCharge().state == .succeeded)
    }

    // MARK: The processor's list

    @Test func `a payment missing in two lists a day apart never arrived and is retried`()
        async throws
    {
        let (test, pledge, processor) = try await doubtful(.neverArrive)
        later(5, test)
        try await test.bill(through: processor)
        later(60, test)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 3)
        // A key that the processor may have forgotten is not used any more.
        later(1_440, test)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 3 && processor.lookUps.count == 1)
        #expect(try await test.onlyCharge().state == .unknown)
        later(1_440, test)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .declined && charge.reason == "not_received")
        #expect(charge.nextStepAt == Instant(rfc3339: "2026-11-25T00:00:00Z"))
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-25")
        #expect(processor.keys.last == "\(pledge.id.text):1:2")
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `a payment found in the second list is booked`() async throws {
        let (test, pledge, processor) = try await doubtful(.neverArrive)
        test.now = test.now.adding(hours: 25)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        processor.have(
            ScriptedPayment(
                reference: test.reference(of: charge), amount: charge.amount, remoteID: "late",
                outcome: .succeeded(at: test.now, nil), madeAt: test.now))
        test.now = test.now.adding(hours: 24)
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(processor.takings == ["\(pledge.id.text):1": 1])
    }

    @Test func `a charge unknown for thirty days is closed, and the pledge goes on`()
        async throws
    {
        let (test, pledge, processor) = try await doubtful(.lose(.succeed))
        let charge = try await test.onlyCharge()
        processor.lose(ScriptedProcessor.remoteID(of: test.reference(of: charge)))
        processor.isSearchDown = true
        try test.moveClock(to: "2026-11-24T12:00:00Z")
        let none = try await test.daysOfOrders(
            from: "2026-11-24", through: "2026-12-21", at: processor)
        #expect(none.isEmpty)
        #expect(try await test.onlyCharge().state == .unknown)
        try await test.bill(through: processor, on: "2026-12-22")
        let charges = try await test.charges(of: pledge)
        #expect(charges[0].state == .closed && charges[0].reason == "unresolved")
        #expect(try await test.history(of: charges[0].id.text).last == "charge.resolved")
        // Its own period is settled; the next one is due on the same day.
        #expect(charges.count == 2 && processor.keys.last == "\(pledge.id.text):2:1")
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `a processor that is down is asked when it is back`() async throws {
        let (test, _, processor) = try await doubtful(.lose(.succeed))
        later(5, test)
        processor.isDown = true
        let summary = try await test.bill(through: processor)
        #expect(summary.reconciled.asked == 0 && summary.unreachable == ["sandbox"])
        processor.isDown = false
        #expect(try await test.bill(through: processor).reconciled.settled == 1)
    }

    // MARK: Later answers

    @Test func `what is pending is looked up daily, and its message is the end of it`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.accept)
        try await test.bill(through: processor)
        let pending = try await test.onlyCharge()
        #expect(pending.state == .pending)
        #expect(try await test.pledge(pledge.id).state == .active)
        // Its messages are read often enough that its payments need not be.
        for day in 23...26 {
            try test.moveClock(to: "2026-11-\(day)T01:00:00Z")
            try await test.reconcile(through: processor)
            try await test.bill(through: processor, on: "2026-11-\(day)")
        }
        #expect(processor.orders.count == 1 && processor.lookUps.count == 4)
        processor.settle(
            test.reference(of: pending), as: .succeeded(at: test.now, nil))
        try await test.receive(
            processor.tell(
                .charge(
                    test.reference(of: pending), pending.amount,
                    .init(.succeeded(at: test.now, nil), remoteID: nil))),
            from: processor)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.nextStepAt == nil)
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.pending", "charge.succeeded",
            ])
        try await expectSound(test)
    }

    @Test func `a debit that comes back is a decline like any other`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.accept)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        processor.settle(
            test.reference(of: charge), as: .declined(Decline(code: "insufficient_funds")))
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        #expect(try await test.onlyCharge().state == .declined)
        try await expectSound(test)
    }

    @Test func `what may have gone through is asked about, never tried again`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("duplicate_transaction"))
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().state == .unknown)
        #expect(try await test.pledge(pledge.id).state == .active)
        #expect(try await test.mails(of: .chargeFailed) == 0)
    }

    // MARK: Messages

    @Test func `messages that did not come are fetched page by page, each once`() async throws {
        let test = try await TestBook()
        let pledges = try await test.plantDue(5)
        let processor = test.processor(.accept)
        try await test.bill(through: processor)
        processor.pageSize = 2
        for charge in try await test.charges() {
            processor.tell(
                .charge(
                    test.reference(of: charge), charge.amount,
                    .init(.succeeded(at: test.now, nil), remoteID: nil)))
        }
        let summary = try await test.reconcile(through: processor)
        #expect(summary.fetched == 5 && summary.applied == 5)
        #expect(try await test.charges().allSatisfy { $0.state == .succeeded })
        #expect(try await test.pledges().map(\.chargesSucceeded) == pledges.map { _ in 1 })
        let again = try await test.reconcile(through: processor)
        #expect(again.fetched == 0 && again.applied == 0)
        let cursor = try await test.rows("SELECT message_cursor FROM processors")
        #expect(try cursor.map { try $0.text(0) } == ["5"])
        try await expectSound(test)
    }
}

extension TestBook {
    /// Bills through a driver of the test's own.
    fileprivate func bill(
        _ processor: ScriptedProcessor, through driver: any Driver
    ) async throws {
        _ = try await RunBilling.run(
            through: Processors([processor]), in: context(through: driver))
    }
}

/// The book's driver in a process that ends at some moment: nothing is read or written after it.
private final class MortalDriver: ForwardingDriver {
    let inner: any Driver
    private let isOver: @Sendable () async throws -> Bool

    init(_ inner: any Driver, isOver: @escaping @Sendable () async throws -> Bool) {
        self.inner = inner
        self.isOver = isOver
    }

    func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        if try await isOver() { throw Killed() }
        return try await inner.transaction(kind, body)
    }
}
