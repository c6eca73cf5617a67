import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct PausePledgeTests {
    private func pause(
        _ pledge: Pledge, until text: String, in test: TestBook
    ) async throws -> Pledge {
        try await PausePledge.run(pledge.id, until: day(text), in: test.context())
    }

    @Test(arguments: [
        ("2026-01-15", "2026-12-15", "2026-12-16", "2027-01-15"),
        ("2026-01-15", "2026-12-15", "2026-12-15", "2026-12-15"),
        ("2026-01-15", "2026-12-15", "2027-03-14", "2027-03-15"),
        ("2026-01-31", "2026-11-30", "2027-02-28", "2027-02-28"),
        ("2026-01-31", "2026-11-30", "2027-02-01", "2027-02-28"),
        ("2026-01-31", "2026-11-30", "2027-03-29", "2027-03-31"),
    ])
    func `the next charge is the first anchor date at or after the end of the pause`(
        started: String, due: String, end: String, expected: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge {
            ($0.startedOn, $0.nextChargeOn) = (started, due)
        }
        let paused = try await pause(pledge, until: end, in: test)
        #expect(paused.state == .paused)
        #expect(paused.pausedUntil == CivilDate(end))
        #expect(paused.nextChargeOn == CivilDate(expected))
        #expect(paused.anchor == pledge.anchor)
        #expect(paused.nextPeriod == pledge.nextPeriod)
        #expect(try await test.pledges() == [paused])
        #expect(
            try await test.history(of: pledge.id.text) == ["pledge.registered", "pledge.paused"])
        #expect(try await test.faults() == [])
    }

    @Test func `an annual pledge of 29 February is next charged on an anchor date of its own`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.plantPledge {
            ($0.interval, $0.minorUnits) = (.year, 5_000)
            ($0.startedOn, $0.nextChargeOn) = ("2024-02-29", "2027-02-28")
        }
        let paused = try await pause(pledge, until: "2027-03-01", in: test)
        #expect(paused.nextChargeOn == CivilDate("2028-02-29"))
    }

    @Test func `a pause that ends before the next charge does not bring it forward`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.plantPledge { $0.nextChargeOn = "2027-06-15" }
        let paused = try await pause(pledge, until: "2026-12-01", in: test)
        #expect(paused.nextChargeOn == CivilDate("2027-06-15"))
        try test.moveClock(to: "2027-06-14T12:00:00Z")
        #expect(
            try await AdvancePledges.run(
                asking: Processors([]), in: test.context()
            ).resumed == 0)
        try test.moveClock(to: "2027-06-15T12:00:00Z")
        #expect(
            try await AdvancePledges.run(
                asking: Processors([]), in: test.context()
            ).resumed == 1)
        #expect(try await test.pledges().first?.nextChargeOn == CivilDate("2027-06-15"))
    }

    @Test(arguments: ["2026-11-23", "2027-11-22"])
    func `a pause lasts from a day to twelve months`(end: String) async throws {
        let test = try await TestBook()
        let paused = try await pause(try await test.plantPledge(), until: end, in: test)
        #expect(paused.pausedUntil == CivilDate(end))
    }

    @Test(arguments: ["2026-11-21", "2026-11-22", "2027-11-23", "9999-12-31"])
    func `a pause that is over or longer than twelve months is refused`(
        end: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        let message = await expectRefusal(.invalid, field: .until) {
            try await pause(pledge, until: end, in: test)
        }
        #expect(message.contains("2027-11-22"))
        #expect(try await test.pledges() == [pledge])
    }

    @Test(arguments: [PledgeState.active, .pastDue])
    func `a pledge in a charged state can be paused`(state: PledgeState) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        #expect(try await pause(pledge, until: "2027-01-01", in: test).state == .paused)
    }

    @Test(arguments: [
        (PledgeState.pending, "the pledge has not begun; cancel it instead"),
        (.paused, "the pledge is paused already; resume it first"),
        (.completed, over(.completed)), (.cancelled, over(.cancelled)),
        (.lapsed, over(.lapsed)), (.abandoned, over(.abandoned)),
    ])
    func `in any other state it is refused, and why is said`(
        state: PledgeState, reason: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        let message = await expectRefusal(.conflict) {
            try await pause(pledge, until: "2027-01-01", in: test)
        }
        #expect(message == reason)
        #expect(try await test.pledges() == [pledge])
        #expect(try await test.history(of: pledge.id.text) == ["pledge.registered"])
    }
}
