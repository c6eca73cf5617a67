import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RetryFailedChargesTests {
    private let first = "2026-11-22"

    @Test func `a soft decline is tried again after 1, 3, 7 and 14 days, each under its own key`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        let days = try await test.daysOfOrders(from: first, through: "2026-12-19", at: processor)
        #expect(days == [first, "2026-11-23", "2026-11-25", "2026-11-29", "2026-12-06"])
        #expect(processor.keys == (1...5).map { "\(pledge.id.text):1:\($0)" })
        let charge = try await test.onlyCharge()
        #expect(charge.state == .declined && charge.attempts == 5)
        #expect(charge.firstAttemptOn == CivilDate(first) && charge.nextStepAt == nil)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        #expect(
            try await test.history(of: pledge.id.text) == [
                "pledge.registered", "pledge.past_due",
            ])
        try await expectSound(test)
    }

    @Test func `after 28 days the pledge has lapsed, and nothing is tried any more`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try await test.tellReaders(on: "2026-11-29")
        #expect(try await test.bill(through: processor, on: "2026-12-19").advanced.lapsed == 0)
        #expect(try await test.bill(through: processor, on: "2026-12-20").advanced.lapsed == 1)
        let lapsed = try await test.pledge(pledge.id)
        #expect(lapsed.state == .lapsed && lapsed.nextChargeOn == nil)
        #expect(try await test.onlyCharge().state == .cancelled)
        let count = processor.orders.count
        let none = try await test.daysOfOrders(
            from: "2026-12-21", through: "2027-02-23", at: processor)
        #expect(none.isEmpty && processor.orders.count == count)
        try await expectSound(test)
    }

    @Test func `a retry that succeeds makes the pledge active, and the next period is its own`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        processor.answer(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-23", at: processor)
        #expect(days == ["2026-11-23", "2026-12-22"])
        #expect(try await test.pledge(pledge.id).state == .active)
        #expect(try await test.charges(of: pledge).map(\.attempts) == [2, 1])
        let charge = try await test.charges(of: pledge)[0]
        #expect(charge.reason == nil)
        #expect(
            try await test.history(of: charge.id.text) == [
                "charge.submitted", "charge.declined", "charge.submitted", "charge.succeeded",
            ])
        #expect(try await test.attempts(of: charge).map(\.state) == [.declined, .succeeded])
        try await expectSound(test)
    }

    @Test func `retries missed by an outage are not made up for`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try await test.bill(through: processor, on: "2026-11-27")
        #expect(processor.orders.count == 2)
        let days = try await test.daysOfOrders(
            from: "2026-11-28", through: "2026-12-19", at: processor)
        #expect(days == ["2026-11-29", "2026-12-06"])
    }

    @Test(arguments: [("2027-02-25", 2), ("2027-02-26", 1), ("2027-02-27", 1)])
    func `a retry that is late is not made within two days of the next charge`(
        day: String, orders: Int
    ) async throws {
        let test = try await TestBook()
        try await test.plant { ($0.startedOn, $0.nextChargeOn) = ("2026-01-31", "2027-01-31") }
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor, on: "2027-01-31")
        try await test.bill(through: processor, on: day)
        #expect(processor.orders.count == orders)
    }

    @Test func `a method has at most four retries in thirty days`() async throws {
        let test = try await TestBook()
        let planted = try await test.plantDue()
        _ = try await test.plantSecondPledge(of: planted, in: .active)
        let processor = test.processor(.decline("insufficient_funds"))
        let days = try await test.daysOfOrders(from: first, through: "2026-12-19", at: processor)
        #expect(days == [first, "2026-11-23", "2026-11-25"])
        #expect(processor.orders.count == 6)
        #expect(try await test.charges().map(\.attempts) == [3, 3])
        try await expectSound(test)
    }

    @Test func `a stopped run does not use up a retry`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline("api_key_expired"))
        try test.moveClock(to: "2026-11-22T11:00:00Z")
        #expect(try await test.bill(through: processor).failure != nil)
        processor.answer(.decline("insufficient_funds"))
        let days = try await test.daysOfOrders(from: first, through: "2026-12-19", at: processor)
        #expect(days == [first, "2026-11-23", "2026-11-25", "2026-11-29", "2026-12-06"])
        #expect(try await test.onlyCharge().attempts == 6)
    }

    @Test func `a retry takes no more than the pledge gives now, and its mail says so`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge { ($0.minorUnits, $0.collectEvery) = (5_000, 3) }
        try test.tamper("UPDATE pledges SET needs_notice = 0")
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        _ = try await ChangePledge.run(pledge.id, .init(amount: "5.00"), in: test.context())
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.orders.map(\.amount.minorUnits) == [15_000, 1_500])
        #expect(try await test.onlyCharge().amount.minorUnits == 1_500)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-25")
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 1_500)
        try await expectSound(test)
    }

    @Test func `a late success of an earlier attempt is booked with what it took`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.minorUnits = 5_000 }
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        let first = try await test.onlyCharge()
        _ = try await ChangePledge.run(pledge.id, .init(amount: "5.00"), in: test.context())
        try await test.bill(through: processor, on: "2026-11-23")
        let paid = ChargeAnswer(.succeeded(at: test.now, nil), remoteID: "pay_late")
        try await test.receive(
            processor.tell(.charge(test.reference(of: first), first.amount, paid)),
            from: processor)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.amount.minorUnits == 5_000)
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 5_000)
        try await expectSound(test)
    }

    // MARK: What is not tried again

    @Test(arguments: [
        ("incorrect_number", PaymentMethodState.active), ("authentication_required", .active),
        ("expired_card", .expired), ("lost_card", .dead), ("account_closed", .dead),
    ])
    func `a decline that a retry cannot mend is not tried again`(
        code: String, state: PaymentMethodState
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline(code))
        let days = try await test.daysOfOrders(from: first, through: "2026-12-19", at: processor)
        #expect(days == [first])
        let charge = try await test.onlyCharge()
        #expect(charge.state == .declined && charge.reason == code && charge.nextStepAt == nil)
        #expect(try await test.method(of: pledge).state == state)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        try await expectSound(test)
    }

    @Test(arguments: [
        (Decline.Advice.retryLater, ["2026-11-22", "2026-11-23"], PaymentMethodState.active),
        (.askSupporter, ["2026-11-22"], .active), (.doNotRetry, ["2026-11-22"], .dead),
    ])
    func `the processor's advice makes it stricter`(
        advice: Decline.Advice, days: [String], state: PaymentMethodState
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("do_not_honor", advice: advice))
        #expect(
            try await test.daysOfOrders(from: first, through: "2026-11-24", at: processor) == days)
        #expect(try await test.method(of: pledge).state == state)
    }

    @Test func `a revocation at the bank cancels every pledge of the method`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plantDue()
        let second = try await test.plantSecondPledge(of: planted, in: .active)
        let processor = test.processor(.decline("revocation_of_authorization"))
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.declined == 1 && summary.charged.withdrawn == 1)
        let first = try #require(planted.pledge)
        for id in [first.id, second.id] {
            let pledge = try await test.pledge(id)
            #expect(pledge.state == .cancelled)
            #expect(pledge.cancellation == Cancellation(reason: .revoked, by: .processor))
        }
        #expect(try await test.method(of: first).state == .dead)
        #expect(try await test.charges().map(\.state) == [.cancelled, .cancelled])
        #expect(processor.orders.count == 1)
        try await expectSound(test)
    }

    // MARK: Another method

    private let new = MethodInput(token: "tok_new")

    @Test(arguments: ["insufficient_funds", "incorrect_number", "lost_card"])
    func `a replaced method is tried at once, once`(code: String) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline(code))
        try await test.bill(through: processor)
        let old = try #require(pledge.paymentMethodID)
        _ = try await ReplacePaymentMethod.run(old, with: new, in: test.context())
        try await test.bill(through: processor)
        #expect(processor.orders.map(\.method.token) == ["tok_planted", "tok_new"])
        try await test.bill(through: processor)
        #expect(processor.orders.count == 2)
        try await expectSound(test)
    }

    @Test func `a charge that waits for the reader is called off before a new method is tried`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.needAction())
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().state == .actionRequired)
        let old = try #require(pledge.paymentMethodID)
        _ = try await ReplacePaymentMethod.run(old, with: new, in: test.context())
        processor.answer(.succeed)
        try await test.bill(through: processor)
        #expect(processor.withdrawals == ["\(pledge.id.text):1:1"])
        #expect(processor.keys == [1, 2].map { "\(pledge.id.text):1:\($0)" })
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        #expect(try await test.onlyCharge().state == .succeeded)
        try await expectSound(test)
    }

    @Test func `a method that was replaced while nobody knew is tried once it is known`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.lose(.decline("lost_card")))
        try await test.bill(through: processor)
        let old = try #require(pledge.paymentMethodID)
        _ = try await ReplacePaymentMethod.run(old, with: new, in: test.context())
        processor.answer(.succeed)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        test.now = test.now.adding(seconds: 300)
        try await test.bill(through: processor)
        #expect(processor.orders.map(\.method.token) == ["tok_planted", "tok_new"])
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    // MARK: Late retries

    @Test func `a late retry asks the policy and the method too`() async throws {
        let test = try await TestBook()
        // Twelve days late: the last retries are more than fifteen days after the due date.
        let pledge = try await test.duePledge {
            ($0.startedOn, $0.nextChargeOn, $0.country) = ("2026-01-10", "2026-11-10", "RU")
        }
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try await test.setPolicy(.refuse, for: "RU")
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-07", at: processor)
        #expect(none.isEmpty && processor.orders.count == 1)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        try await expectSound(test)
    }
}
