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

    @discardableResult
    private func void(_ charge: Charge, in test: TestBook) async throws -> VoidPayment.Answer {
        try await VoidPayment.run(charge.id, note: "another reader's", in: test.context())
    }

    @Test func `its due date is the next one again, with a receipt of its own`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-01", "2026-12-01")
        }
        let recorded = try await record(pledge, in: test)
        let voided = try await void(recorded, in: test)
        #expect(voided.charge.state == .cancelled && voided.charge.reason == "voided")
        #expect(voided.charge.paidAt == nil && voided.charge.note == "another reader's")
        #expect(voided.dueOn == CivilDate("2026-12-01"))
        let now = try await test.pledge(pledge.id)
        #expect(now.chargesSucceeded == 0 && now.totalGiven.minorUnits == 0)
        #expect(now.lastChargedOn == nil)
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2027-01-02", at: processor)
        #expect(days == ["2026-12-01", "2027-01-01"])
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 2)
        // The receipt of the mistake had not left yet, and does not.
        #expect(try await test.post().count == 2)
        try await expectSound(test)
    }

    @Test func `a charge that must be announced is announced before it is taken`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.interval, $0.minorUnits) = (.year, 5_000)
            ($0.startedOn, $0.nextChargeOn) = ("2025-12-20", "2026-12-20")
        }
        try await void(record(pledge, in: test), in: test)
        let processor = test.processor(.succeed)
        for day in ["2026-12-01", "2026-12-06", "2026-12-19", "2026-12-20"] {
            try await test.bill(through: processor, on: day)
            try await test.tellReaders(on: day)
        }
        #expect(processor.orders.count == 1)
        #expect(try await test.mails(of: .upcomingCharge) == 1)
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2027-12-20"))
        try await expectSound(test)
    }

    @Test func `a declined charge that was paid by mistake is tried again`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        let recorded = try await record(pledge, in: test)
        #expect(try await test.pledge(pledge.id).state == .active)
        try await void(recorded, in: test)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.keys == ["\(pledge.id.text):1:1", "\(pledge.id.text):2:1"])
        #expect(try await test.charges(of: pledge).map(\.state) == [.cancelled, .succeeded])
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2026-12-22"))
        try await expectSound(test)
    }

    @Test func `several are taken back from the last one on, and none is lost`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-01", "2026-12-01")
        }
        let first = try await record(pledge, in: test)
        let second = try await RecordPayment.run(
            .init(pledgeID: pledge.id, note: "cash", isSecond: true), in: test.context())
        let words = await expectRefusal(.conflict) { try await void(first, in: test) }
        #expect(words.contains(second.id.text))
        #expect(try await void(second, in: test).dueOn == CivilDate("2027-01-01"))
        #expect(try await void(first, in: test).dueOn == CivilDate("2026-12-01"))
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2027-02-02", at: processor)
        #expect(days == ["2026-12-01", "2027-01-01", "2027-02-01"])
        try await expectSound(test)
    }

    @Test func `an old due date is skipped, and told to the newsroom`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let recorded = try await record(pledge, in: test)
        try test.moveClock(to: "2026-12-08T12:00:00Z")
        try await void(recorded, in: test)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(processor.orders.isEmpty)
        #expect(try await test.openAttention().map(\.kind) == [.periodSkipped])
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2026-12-22"))
        try await expectSound(test)
    }

    @Test func `during a pause what was due before it is open again, and the pause stays`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        _ = try await PausePledge.run(
            pledge.id, until: try #require(CivilDate("2027-02-01")), in: test.context())
        let paused = try await test.pledge(pledge.id)
        try await void(record(pledge, in: test), in: test)
        let now = try await test.pledge(pledge.id)
        #expect(now.state == .paused && now.nextChargeOn == paused.nextChargeOn)
        #expect(now.dueBeforePause == paused.dueBeforePause)
        try await expectSound(test)
    }

    @Test func `a pledge that is over, such as a one-off, stays so`() async throws {
        let test = try await TestBook()
        let oneOff = try await test.duePledge {
            ($0.interval, $0.state, $0.email) = (.once, .pending, "once@example.org")
        }
        #expect(try await void(record(oneOff, in: test), in: test).dueOn == nil)
        let ended = try await test.pledge(oneOff.id)
        #expect(ended.state == .completed && ended.totalGiven.minorUnits == 0)
        let pledge = try await test.duePledge()
        let recorded = try await record(pledge, in: test)
        _ = try await CancelPledge.run(
            pledge.id, .init(reason: .other, by: .staff), in: test.context())
        #expect(try await void(recorded, in: test).dueOn == nil)
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
