import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct ChargeDuePledgesTests {
    @Test func `a due charge is collected, and the next one is a month later`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.succeed)
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.claimed == 1 && summary.charged.succeeded == 1)
        #expect(summary.charged.amounts == ["USD": 500] && summary.unreachable.isEmpty)

        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.reason == nil)
        #expect(charge.firstPeriod == 1 && charge.periodCount == 1 && charge.attempts == 1)
        #expect(charge.paidAt == test.now && charge.nextStepAt == nil)
        #expect(charge.dueOn == CivilDate("2026-11-22"))
        #expect(charge.remoteID == ScriptedProcessor.remoteID(of: test.reference(of: charge)))
        let paid = try await test.pledge(pledge.id)
        #expect(paid.state == .active && paid.nextPeriod == 2)
        #expect(paid.nextChargeOn == CivilDate("2026-12-22"))
        #expect(paid.chargesSucceeded == 1 && paid.totalGiven.minorUnits == 500)
        #expect(paid.lastChargedOn == CivilDate("2026-11-22"))
        #expect(
            try await test.history(of: charge.id.text) == ["charge.submitted", "charge.succeeded"])
        #expect(try await test.history(of: pledge.id.text) == ["pledge.registered"])
        try await expectSound(test)
    }

    @Test func `what is sent is the token, the amount and a key that names the attempt`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.token = "tok_sent" }
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        let order = try #require(processor.orders.first)
        #expect(processor.keys == ["\(pledge.id.text):1:1"])
        #expect(order.amount == pledge.amount && order.kind == .card)
        #expect(order.method.token == "tok_sent")
        #expect(order.reference.bookID == test.book.keys.bookID.text)
        #expect(try await test.attempts(of: test.onlyCharge()).map(\.state) == [.succeeded])
    }

    @Test func `run twice, nothing changes`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        let events = try await test.events().count
        let again = try await test.bill(through: processor)
        #expect(again.charged == BillingTally() && again.retried == BillingTally())
        #expect(processor.orders.count == 1)
        #expect(try await test.events().count == events)
    }

    @Test func `two runs at once charge each pledge once`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(30)
        let processor = test.processor(.succeed, callsInFlight: 4)
        async let first = test.bill(through: processor)
        async let second = test.bill(through: processor)
        let (one, other) = try await (first.charged, second.charged)
        #expect(one.claimed + other.claimed == 30 && one.succeeded + other.succeeded == 30)
        #expect(Set(processor.keys).count == 30 && processor.orders.count == 30)
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        try await expectSound(test)
    }

    @Test func `more than one batch is processed`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(70)
        let processor = test.processor(.succeed, callsInFlight: 8)
        #expect(try await test.bill(through: processor).charged.succeeded == 70)
        #expect(Set(processor.keys).count == 70)
    }

    @Test func `a limit leaves the rest for the next run`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(3)
        let processor = test.processor(.succeed)
        for claimed in [2, 1, 0] {
            let summary = try await test.bill(through: processor, .init(limit: 2))
            #expect(summary.charged.claimed == claimed)
        }
    }

    // MARK: When

    @Test(arguments: [
        ("UTC", "2026-11-24T00:00:00Z"), ("Pacific/Auckland", "2026-11-23T11:00:00Z"),
        ("America/New_York", "2026-11-24T05:00:00Z"),
    ])
    func `the day begins where the newsroom is`(zone: String, midnight: String) async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = zone
        let test = try await TestBook(newsroom: newsroom)
        try await test.plantDue { $0.nextChargeOn = "2026-11-24" }
        let processor = test.processor(.succeed)
        try test.moveClock(to: midnight)
        test.now = test.now.adding(milliseconds: -1)
        #expect(try await test.bill(through: processor).charged.claimed == 0)
        try test.moveClock(to: midnight)
        #expect(try await test.bill(through: processor).charged.claimed == 1)
        #expect(try await test.pledges().first?.lastChargedOn == CivilDate("2026-11-24"))
    }

    @Test func `a pledge from the 31st is charged at the end of each month`() async throws {
        let test = try await TestBook()
        try await test.plant { ($0.startedOn, $0.nextChargeOn) = ("2026-01-31", "2026-11-30") }
        let processor = test.processor(.succeed)
        #expect(
            try await test.daysOfOrders(
                from: "2026-11-29", through: "2027-04-01", at: processor) == [
                    "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31",
                ])
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        #expect(try await test.charges().map(\.firstPeriod).sorted() == [1, 2, 3, 4, 5])
        try await expectSound(test)
    }

    @Test func `a charge that is late does not move those after it`() async throws {
        let test = try await TestBook()
        try await test.plant { ($0.startedOn, $0.nextChargeOn) = ("2026-01-10", "2026-11-10") }
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2026-12-12", at: processor)
        #expect(days == ["2026-11-22", "2026-12-10"])
        #expect(try await test.charges().map(\.dueOn.day) == [10, 10])
    }

    @Test func `a charge more than fifteen days late is skipped, never added to the next`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-10", "2026-09-10")
        }
        let processor = test.processor(.succeed)
        let rehearsed = try await test.bill(through: processor, .init(isDryRun: true))
        #expect(rehearsed.charged.skipped == 2 && rehearsed.charged.claimed == 1)
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.skipped == 2 && summary.charged.succeeded == 1)
        #expect(processor.keys == ["\(pledge.id.text):3:1"])
        let charges = try await test.charges(of: pledge)
        #expect(charges.map(\.state) == [.skipped, .skipped, .succeeded])
        #expect(charges.map(\.reason) == ["tooLate", "tooLate", nil])
        #expect(try await test.history(of: charges[0].id.text) == ["charge.skipped"])
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2026-12-10"))
        try await expectSound(test)
    }

    @Test func `a first charge that is too old ends its pledge`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.state, $0.startedOn, $0.nextChargeOn) = (.pending, "2026-11-01", "2026-11-01")
        }
        let processor = test.processor(.succeed)
        #expect(try await test.bill(through: processor).charged.skipped == 1)
        #expect(processor.orders.isEmpty)
        #expect(try await test.pledge(pledge.id).state == .abandoned)
        try await expectSound(test)
    }

    // MARK: The first charge

    @Test func `a first charge makes a pledge active`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register().pledge
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        #expect(try await test.pledge(pledge.id).state == .active)
        #expect(
            try await test.history(of: pledge.id.text) == [
                "pledge.registered", "pledge.activated",
            ])
        try await expectSound(test)
    }

    @Test func `a first charge that is declined is tried again, and its reader gets the mails`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.register().pledge
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-10", at: processor)
        #expect(days == ["2026-11-23", "2026-11-25", "2026-11-29", "2026-12-06"])
        processor.answer(.succeed)
        let method = try #require(try await test.pledge(pledge.id).paymentMethodID)
        _ = try await ReplacePaymentMethod.run(
            method, with: MethodInput(token: "tok_new"), in: test.context())
        try await test.bill(through: processor, on: "2026-12-11")
        let paid = try await test.pledge(pledge.id)
        #expect(paid.state == .active && paid.nextChargeOn == CivilDate("2026-12-22"))
        #expect(
            try await test.history(of: pledge.id.text).filter { $0 != "pledge.changed" } == [
                "pledge.registered", "pledge.past_due", "pledge.activated",
            ])
        try await expectSound(test)
    }

    @Test func `a first charge that is never paid lapses its pledge after the grace`() async throws
    {
        let test = try await TestBook()
        let pledge = try await test.register().pledge
        let processor = test.processor(.decline("lost_card"))
        try await test.bill(through: processor)
        _ = try await test.sendReminders()
        #expect(try await test.mails(of: .chargeFailed) == 1)
        try await test.post()
        try await test.bill(through: processor, on: "2026-12-19")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        #expect(processor.orders.count == 1)
        try await expectSound(test)
    }

    @Test func `a one-off that is declined is not tried again, and ends after eight hours`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.register { $0.interval = .once }.pledge
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        #expect(try await test.pledge(pledge.id).state == .pending)
        test.now = test.now.adding(hours: 8).adding(milliseconds: -1)
        #expect(try await test.bill(through: processor).advanced.abandoned == 0)
        test.now = test.now.adding(milliseconds: 1)
        #expect(try await test.bill(through: processor).advanced.abandoned == 1)
        #expect(try await test.pledge(pledge.id).state == .abandoned)
        #expect(try await test.onlyCharge().state == .cancelled)
        test.now = test.now.adding(days: 2)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        try await expectSound(test)
    }

    @Test func `a one-off is collected once, and its token is dropped`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register { $0.interval = .once }.pledge
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2027-01-05", at: processor)
        #expect(days == ["2026-11-22"])
        let done = try await test.pledge(pledge.id)
        #expect(done.state == .completed && done.nextChargeOn == nil)
        #expect(try await test.methods().map(\.state) == [.revoked])
        #expect(try await test.methods().map(\.secret) == [nil])
        try await expectSound(test)
    }

    @Test func `a one-off that is declined is never tried again`() async throws {
        let test = try await TestBook()
        try await test.register { $0.interval = .once }
        let processor = test.processor(.decline("do_not_honor"))
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2027-01-05", at: processor)
        #expect(days == ["2026-11-22"])
        #expect(try await test.pledges().map(\.state) == [.abandoned])
        #expect(try await test.methods().map(\.secret) == [nil])
        try await expectSound(test)
    }

    @Test(arguments: [
        (3, "2027-02-22", Int64(1_500)), (6, "2027-05-22", 3_000), (12, "2027-11-22", 6_000),
    ])
    func `months that are collected in advance are one charge`(
        months: Int, next: String, minorUnits: Int64
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.register { $0.collectEvery = months }.pledge
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(processor.orders.map(\.amount.minorUnits) == [minorUnits])
        let charge = try await test.onlyCharge()
        #expect(charge.firstPeriod == 1 && charge.periodCount == months)
        let paid = try await test.pledge(pledge.id)
        #expect(paid.nextChargeOn == CivilDate(next) && paid.nextPeriod == 1 + months)
        #expect(paid.chargesSucceeded == 1 && paid.totalGiven.minorUnits == minorUnits)
        try await expectSound(test)
    }

    // MARK: No usable method

    @Test(arguments: [PaymentMethodState.expired, .dead, .revoked])
    func `without a usable method it is declined without a call`(
        state: PaymentMethodState
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.methodState = state }
        let processor = test.processor(.succeed)
        #expect(try await test.bill(through: processor).charged.declined == 1)
        #expect(processor.orders.isEmpty)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .declined && charge.reason == "no_usable_method")
        #expect(charge.attempts == 0 && charge.nextStepAt == nil)
        #expect(charge.firstAttemptOn == CivilDate("2026-11-22"))
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        #expect(try await test.history(of: charge.id.text) == ["charge.declined"])
        try await expectSound(test)
    }

    @Test func `through a processor that is not there nothing is claimed`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.succeed)
        processor.isDown = true
        let summary = try await test.bill(through: processor)
        #expect(summary.unreachable == ["sandbox"] && summary.charged == BillingTally())
        #expect(try await test.charges().isEmpty)
        #expect(try await test.pledge(pledge.id) == pledge)
        processor.isDown = false
        #expect(try await test.bill(through: processor).charged.succeeded == 1)
    }

    @Test func `a pledge by a processor that is not set up waits, and a person is told`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue { $0.processor = "elsewhere" }
        let processor = test.processor(.succeed)
        let planned = try await RunBilling.run(
            .init(isDryRun: true), through: Processors([processor]), in: test.context())
        #expect(planned.charged.claimed == 0 && planned.charged.notSetUp == ["elsewhere": 1])
        // On its own day it is counted; from the next day on it needs a person.
        let today = try await test.bill(through: processor)
        #expect(today.charged.claimed == 0 && today.charged.notSetUp == ["elsewhere": 1])
        #expect(try #require(today.complaint).contains("1 charge(s) wait for elsewhere"))
        #expect(try await test.openAttention().isEmpty)
        for day in ["2026-11-23", "2026-11-24"] {
            _ = try await test.bill(through: processor, on: day)
            let open = try await test.openAttention()
            #expect(open.map(\.kind) == [.processorNotSetUp])
            #expect(open.map(\.subject) == ["elsewhere"])
        }
        #expect(processor.orders.isEmpty)
        // Once it is set up, the charge is made.
        let elsewhere = test.processor(.succeed, name: "elsewhere")
        let charged = try await RunBilling.run(
            through: Processors([processor, elsewhere]), in: test.context())
        #expect(charged.charged.succeeded == 1 && charged.complaint == nil)
        #expect(try await test.openAttention().isEmpty)
        #expect(try await test.faults() == [])
    }

    // MARK: Just before the call

    /// Two pledges are claimed together; the first call changes the other pledge.
    @Test(arguments: [PledgeState.cancelled, .paused])
    func `a pledge that ends or rests between claim and call is not sent`(
        state: PledgeState
    ) async throws {
        let test = try await TestBook()
        let pledges = try await test.plantDue(2)
        let processor = test.processor(.succeed)
        processor.answer { order in
            do {
                for pledge in pledges where pledge.id != order.reference.pledgeID {
                    try await test.end(pledge.id, as: state)
                }
                return .succeed
            } catch {
                return .decline("\(error)")
            }
        }
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.claimed == 2 && summary.charged.succeeded == 1)
        #expect(summary.charged.withdrawn == 1 && processor.orders.count == 1)
        let charge = try #require(await test.charges().first { $0.state == .cancelled })
        #expect(
            try await test.history(of: charge.id.text) == ["charge.submitted", "charge.cancelled"])
        #expect(try await test.attempts(of: charge).map(\.state) == [.withdrawn])
        #expect(try await test.pledge(charge.pledgeID).state == state)
        test.now = test.now.adding(hours: 1)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        try await expectSound(test)
    }
}

extension TestBook {
    fileprivate func end(_ id: ID<Pledge>, as state: PledgeState) async throws {
        if state == .paused {
            _ = try await PausePledge.run(id, until: day("2027-02-01"), in: context())
        } else {
            _ = try await CancelPledge.run(
                id, .init(reason: .mistake, by: .supporter), in: context())
        }
    }
}
