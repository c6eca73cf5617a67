import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct ResumePledgeTests {
    private func resume(_ pledge: Pledge, in test: TestBook) async throws -> Pledge {
        try await ResumePledge.run(pledge.id, in: test.context())
    }

    @Test(arguments: [
        ("2026-01-15", "2026-12-15"), ("2026-01-22", "2026-11-22"), ("2026-01-23", "2026-11-23"),
        ("2026-01-31", "2026-11-30"), ("2026-01-21", "2026-12-21"),
    ])
    func `the next charge falls on the next anchor date and the pause is not made up for`(
        started: String, expected: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: .paused) { $0.startedOn = started }
        let resumed = try await resume(pledge, in: test)
        #expect(resumed.state == .active)
        #expect(resumed.pausedUntil == nil)
        #expect(resumed.nextChargeOn == CivilDate(expected))
        #expect(resumed.nextPeriod == pledge.nextPeriod)
        #expect(try await test.pledges() == [resumed])
        #expect(
            try await test.history(of: pledge.id.text) == ["pledge.registered", "pledge.resumed"])
        #expect(try await test.faults() == [])
    }

    @Test func `a day that was charged is not charged again`() async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge {
            ($0.startedOn, $0.lastChargedOn) = ("2026-01-22", "2026-11-22")
            $0.nextChargeOn = "2026-12-22"
        }
        _ = try await PausePledge.run(pledge.id, until: day("2027-02-10"), in: test.context())
        #expect(try await resume(pledge, in: test).nextChargeOn == CivilDate("2026-12-22"))
    }

    @Test(arguments: [PaymentMethodState.active, .expiring, .expired, .dead])
    func `without a usable method it is past due`(state: PaymentMethodState) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: .paused) { $0.methodState = state }
        let resumed = try await resume(pledge, in: test)
        #expect(resumed.state == (state.isUsable ? .active : .pastDue))
        let event = state.isUsable ? "pledge.resumed" : "pledge.past_due"
        #expect(try await test.history(of: pledge.id.text) == ["pledge.registered", event])
        #expect(try await test.faults() == [])
    }

    @Test func `without any method it is past due`() async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: .paused) { $0.hasMethod = false }
        #expect(try await resume(pledge, in: test).state == .pastDue)
    }

    @Test func `repeated pauses keep the anchor day`() async throws {
        let test = try await TestBook()
        var pledge = try await test.plantPledge {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-31", "2026-11-30")
        }
        for _ in 1...3 {
            pledge = try await PausePledge.run(
                pledge.id, until: day("2027-02-10"), in: test.context())
            pledge = try await resume(pledge, in: test)
        }
        #expect(pledge.nextChargeOn == CivilDate("2026-11-30"))
        #expect(pledge.version == 7)
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [
        (PledgeState.pending, "the pledge is not paused"),
        (.active, "the pledge is not paused"), (.pastDue, "the pledge is not paused"),
        (.completed, over(.completed)), (.cancelled, over(.cancelled)),
        (.lapsed, over(.lapsed)), (.abandoned, over(.abandoned)),
    ])
    func `in any other state it is refused, and why is said`(
        state: PledgeState, reason: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        let message = await expectRefusal(.conflict) { try await resume(pledge, in: test) }
        #expect(message == reason)
        #expect(try await test.pledges() == [pledge])
    }
}
