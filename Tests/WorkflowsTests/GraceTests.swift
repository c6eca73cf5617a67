import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What a reader's new card, or an error that is not the reader's, does to a failed charge.
@Suite struct GraceTests {
    private let new = MethodInput(token: "tok_new")

    /// A book whose one charge was declined on 2026-11-22.
    private func declined(
        _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> (test: TestBook, pledge: Pledge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        let pledge = try await test.duePledge(change)
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        return (test, pledge, processor)
    }

    private func replaceMethod(
        of pledge: Pledge, with details: MethodInput, in test: TestBook
    ) async throws {
        _ = try await ReplacePaymentMethod.run(
            try #require(pledge.paymentMethodID), with: details, in: test.context())
    }

    @Test func `a card that comes on the last evening is tried before the pledge lapses`()
        async throws
    {
        let (test, pledge, processor) = try await declined()
        try test.moveClock(to: "2026-12-19T23:30:00Z")
        try await replaceMethod(of: pledge, with: new, in: test)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(processor.orders.map(\.method.token) == ["tok_planted", "tok_new"])
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `a card that fails on the last evening ends the pledge in the next run`()
        async throws
    {
        let (test, pledge, processor) = try await declined()
        try await test.tellReaders(on: "2026-11-29")
        try test.moveClock(to: "2026-12-19T23:30:00Z")
        try await replaceMethod(of: pledge, with: new, in: test)
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(processor.orders.count == 2)
        try await test.bill(through: processor)
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        try await expectSound(test)
    }

    @Test func `a retry that a stopped run put back is made later, even for an old period`()
        async throws
    {
        let (test, pledge, processor) = try await declined()
        try test.moveClock(to: "2026-12-12T12:00:00Z")
        try await replaceMethod(of: pledge, with: new, in: test)
        processor.answer(.decline("api_key_expired"))
        #expect(try await test.bill(through: processor).failure != nil)
        #expect(try await test.onlyCharge().state == .held)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-12-13")
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `a hold does not extend the grace`() async throws {
        let (test, pledge, processor) = try await declined { $0.country = "RU" }
        try test.moveClock(to: "2026-12-12T12:00:00Z")
        try await replaceMethod(of: pledge, with: new, in: test)
        processor.answer(.decline("api_key_expired"))
        #expect(try await test.bill(through: processor).failure != nil)
        // Whom the policy refuses gets no mail, and none is waited for.
        try await test.setPolicy(.refuse, for: "RU")
        try await test.bill(through: processor, on: "2026-12-19")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        #expect(processor.orders.count == 2)
        try await expectSound(test)
    }

    // MARK: Tries that were missed

    @Test func `an outage of weeks costs nobody a pledge that was never retried`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        // The grace ended on 20 December. The missed retry is made, though late, and succeeds.
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-12-19")
        #expect(try await test.pledge(pledge.id).state == .active)
        #expect(processor.keys.last == "\(pledge.id.text):1:2")
        try await expectSound(test)
    }

    @Test func `a missed retry gives way to the next period, and never both are taken`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        processor.answer(.succeed)
        for day in ["2026-12-20", "2026-12-21"] {
            try await test.bill(through: processor, on: day)
            #expect(try await test.pledge(pledge.id).state == .pastDue)
        }
        #expect(processor.orders.count == 1)
        try await test.bill(through: processor, on: "2026-12-22")
        let charges = try await test.charges(of: pledge)
        #expect(charges.map(\.state) == [.skipped, .succeeded])
        #expect(charges[0].reason == "nextPeriodDue")
        #expect(try await test.pledge(pledge.id).state == .active)
        #expect(try await test.openAttention().map(\.kind) == [.periodSkipped])
        #expect(processor.orders.count == 2)
        try await expectSound(test)
    }

    @Test func `two months without a run cost nobody a pledge`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2027-01-25")
        #expect(
            try await test.charges(of: pledge).map(\.state) == [.skipped, .skipped, .succeeded])
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `a closed brake costs nobody a pledge`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(60)
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try await test.bill(through: processor, on: "2026-12-21")
        _ = try await ResumeBilling.run(in: test.context())
        processor.answer(.succeed)
        for day in ["2026-12-21", "2026-12-22"] {
            #expect(try await test.bill(through: processor, on: day).advanced.lapsed == 0)
        }
        #expect(try await test.pledges().allSatisfy { $0.state == .active })
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        try await expectSound(test)
    }

    @Test func `a debit that takes a card's place begins with the next period, announced`()
        async throws
    {
        let (test, pledge, processor) = try await declined()
        try test.moveClock(to: "2026-11-24T12:00:00Z")
        try await replaceMethod(
            of: pledge, with: MethodInput(kind: "sepaDebit", token: "pm_iban", mandate: "m1"),
            in: test)
        processor.answer(.succeed)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .cancelled && charge.reason == "noticeMissing")
        #expect(try await test.pledge(pledge.id).state != .lapsed)
        let none = try await test.daysOfOrders(
            from: "2026-11-25", through: "2026-12-20", at: processor)
        #expect(none.isEmpty)
        #expect(try await test.pledge(pledge.id).state != .lapsed)
        try await expectSound(test)
    }
}
