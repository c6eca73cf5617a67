import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Charges that a safety check holds: listed, released when the check allows, and skipped in the
/// end.
@Suite struct HeldChargesTests {
    @Test func `a payment too near to the last one waits until it is far enough`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.lastChargedOn = "2026-11-15" }
        let processor = test.processor(.succeed)
        #expect(try await test.bill(through: processor).charged.held == 1)
        let held = try await test.onlyCharge()
        #expect(held.state == .held && held.reason == "tooSoon" && held.attempts == 0)
        #expect(held.nextStepAt == Instant(rfc3339: "2026-11-25T00:00:00Z"))
        // The period belongs to this charge and to no other one.
        #expect(try await test.pledge(pledge.id).nextPeriod == 2)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-11-27", at: processor)
        #expect(days == ["2026-11-25"])
        #expect(processor.keys == ["\(pledge.id.text):1:1"])
        #expect(
            try await test.history(of: held.id.text) == [
                "charge.held", "charge.submitted", "charge.succeeded",
            ])
        #expect(try await test.onlyCharge().firstAttemptOn == CivilDate("2026-11-25"))
        try await expectSound(test)
    }

    @Test func `the next charge stays far enough from one that was late`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.lastChargedOn = "2026-11-15" }
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2026-12-31", at: processor)
        #expect(days == ["2026-11-25", "2026-12-22"])
        #expect(try await test.charges(of: pledge).map(\.dueOn.day) == [22, 22])
    }

    @Test func `a charge is held while its country is refused, and goes on afterwards`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue { $0.country = "RU" }
        try await test.setPolicy(.refuse, for: "RU")
        let processor = test.processor(.succeed)
        let none = try await test.daysOfOrders(
            from: "2026-11-22", through: "2026-11-30", at: processor)
        #expect(none.isEmpty)
        let held = try await test.onlyCharge()
        #expect(held.state == .held && held.reason == "refusedByPolicy")
        try await test.setPolicy(.allow, for: "RU")
        try await test.bill(through: processor, on: "2026-12-01")
        #expect(try await test.onlyCharge().state == .succeeded)
        try await expectSound(test)
    }

    @Test func `a hold lasts fifteen days, and the next period goes on`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.country = "RU" }
        try await test.setPolicy(.refuse, for: "RU")
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        try await test.bill(through: processor, on: "2026-12-07")
        #expect(try await test.onlyCharge().state == .held)
        let summary = try await test.bill(through: processor, on: "2026-12-08")
        #expect(summary.retried.skipped == 1)
        let skipped = try await test.onlyCharge()
        #expect(skipped.state == .skipped && skipped.reason == "tooLate")
        #expect(
            try await test.history(of: skipped.id.text) == ["charge.held", "charge.skipped"])
        #expect(try await test.pledge(pledge.id).state == .active)
        try await test.setPolicy(.allow, for: "RU")
        try await test.bill(through: processor, on: "2026-12-22")
        #expect(processor.keys == ["\(pledge.id.text):2:1"])
        try await expectSound(test)
    }

    @Test func `a first charge that is held too long ends its pledge`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { ($0.state, $0.country) = (.pending, "RU") }
        try await test.setPolicy(.refuse, for: "RU")
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().state == .held)
        try await test.bill(through: processor, on: "2026-12-08")
        #expect(try await test.onlyCharge().state == .skipped)
        #expect(try await test.pledge(pledge.id).state == .abandoned)
        try await expectSound(test)
    }

    @Test(arguments: [PledgeState.paused, .cancelled])
    func `a held charge is dropped when its pledge rests or ends`(
        state: PledgeState
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.lastChargedOn = "2026-11-15" }
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        if state == .paused {
            _ = try await PausePledge.run(pledge.id, until: day("2027-02-01"), in: test.context())
        } else {
            _ = try await CancelPledge.run(
                pledge.id, .init(reason: .mistake, by: .staff), in: test.context())
        }
        #expect(try await test.onlyCharge().state == .cancelled)
        try await test.bill(through: processor, on: "2026-11-25")
        #expect(processor.orders.isEmpty)
        try await expectSound(test)
    }

    @Test func `a method that failed while its charge was held is not tried`() async throws {
        let test = try await TestBook()
        let planted = try await test.plantDue {
            $0.lastChargedOn = "2026-11-21"
        }
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().nextStepAt == Instant(rfc3339: "2026-12-01T00:00:00Z"))
        let held = try #require(planted.method)
        try await test.book.write { transaction in
            guard var method = try transaction.paymentMethod(held.id) else { return }
            method.state = .expired
            method.version += 1
            try transaction.update(method, at: test.now)
            try transaction.append([
                Event(
                    id: ID(bits: 77), type: .paymentMethodExpired, subjectID: method.id.text,
                    sequence: method.version, at: test.now, actor: .job("test"),
                    data: method.eventData())
            ])
        }
        try await test.bill(through: processor, on: "2026-12-01")
        let charge = try await test.onlyCharge()
        #expect(charge.state == .declined && charge.reason == "no_usable_method")
        #expect(processor.orders.isEmpty)
        let pledge = try #require(planted.pledge)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        try await expectSound(test)
    }
}
