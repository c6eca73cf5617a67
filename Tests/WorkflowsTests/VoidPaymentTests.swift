import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A payment that was recorded by mistake is taken back.
@Suite struct VoidPaymentTests {
    private func record(
        _ pledge: Pledge, on day: String? = nil, in test: TestBook
    ) async throws -> Charge {
        try await RecordPayment.run(
            .init(pledgeID: pledge.id, paidOn: day.flatMap { CivilDate($0) }, note: "cash"),
            in: test.context())
    }

    private func void(_ charge: Charge, in test: TestBook) async throws -> Charge {
        try await VoidPayment.run(charge.id, note: "another reader's", in: test.context())
    }

    @Test func `its period is collected on its day, as if nothing had been recorded`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-01", "2026-12-01")
        }
        let recorded = try await record(pledge, in: test)
        let voided = try await void(recorded, in: test)
        #expect(voided.state == .held && voided.reason == "voided" && voided.paidAt == nil)
        #expect(voided.note == "another reader's")
        let now = try await test.pledge(pledge.id)
        #expect(now.chargesSucceeded == 0 && now.totalGiven.minorUnits == 0)
        #expect(now.lastChargedOn == nil)
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2027-01-02", at: processor)
        #expect(days == ["2026-12-01", "2027-01-01"])
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 2)
        // Its receipt had not left yet, and does not.
        let mails = try await test.post()
        #expect(mails.count == 2)
        try await expectSound(test)
    }

    @Test func `a declined charge that was paid by mistake is tried again`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        let recorded = try await record(pledge, in: test)
        #expect(try await test.pledge(pledge.id).state == .active)
        _ = try await void(recorded, in: test)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.keys == ["\(pledge.id.text):1:1", "\(pledge.id.text):1:2"])
        #expect(try await test.onlyCharge().state == .succeeded)
        try await expectSound(test)
    }

    @Test(arguments: [("2026-12-07", ChargeState.held), ("2026-12-08", .cancelled)])
    func `an old period is not collected any more`(
        day: String, state: ChargeState
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let recorded = try await record(pledge, in: test)
        try test.moveClock(to: "\(day)T12:00:00Z")
        #expect(try await void(recorded, in: test).state == state)
        try await expectSound(test)
    }

    @Test func `beside another open charge, and of a pledge that is over, nothing is collected`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let recorded = try await record(pledge, in: test)
        _ = try await CancelPledge.run(
            pledge.id, .init(reason: .other, by: .staff), in: test.context())
        #expect(try await void(recorded, in: test).state == .cancelled)
        #expect(try await test.pledge(pledge.id).state == .cancelled)
        let none = try await test.daysOfOrders(
            from: "2026-11-22", through: "2027-01-02", at: test.processor(.succeed))
        #expect(none.isEmpty)
        try await expectSound(test)
    }

    @Test func `what a processor took, and what is not paid, is not taken back so`() async throws {
        let (test, charge, _) = try await TestBook.charged()
        await expectRefusal(.conflict) { try await void(charge, in: test) }
        let pledge = try await test.duePledge { $0.email = "other@example.org" }
        let recorded = try await record(pledge, in: test)
        await expectRefusal(.invalid, field: .note) {
            try await VoidPayment.run(recorded.id, note: "", in: test.context())
        }
        _ = try await void(recorded, in: test)
        await expectRefusal(.conflict) { try await void(recorded, in: test) }
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 0)
        await expectRefusal(.notFound) {
            try await VoidPayment.run(ID(bits: 1), note: "x", in: test.context())
        }
        try await expectSound(test)
    }
}
