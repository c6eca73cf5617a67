import Simulation
import Testing

@Suite struct SimulationTests {
    /// The seeds that every test run tries with each profile; Scripts/simulate takes any number.
    private static let seeds: ClosedRange<UInt64> = 1...3

    @Test(arguments: Profile.allCases, seeds)
    func `three years go by, and no period is charged twice`(
        _ profile: Profile, _ seed: UInt64
    ) async throws {
        let scenario = Scenario(seed: seed, profile: profile)
        let outcome = try await Simulator.run(scenario)
        #expect(outcome.payments > 300, "\(scenario): \(outcome)")
        #expect(outcome.mails > 300, "\(scenario): \(outcome)")
    }

    @Test func `a seed replays exactly`() async throws {
        let scenario = Scenario(seed: 77, pledges: 20, months: 8, profile: .everything)
        let first = try await Simulator.run(scenario)
        #expect(try await Simulator.run(scenario) == first)
        #expect(first.deaths > 0 && first.pairs > 0, "\(first)")
        let other = Scenario(seed: 78, pledges: 20, months: 8, profile: .everything)
        #expect(try await Simulator.run(other) != first)
    }
}
