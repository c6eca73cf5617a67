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
        try await test.setPolicy(.refuse, for: "RU")
        try await test.bill(through: processor, on: "2026-12-19")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        #expect(processor.orders.count == 2)
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
