import ArgumentParser
import Foundation
import Simulation

/// Runs any number of scenarios and stops at the first that fails.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulate years of charging from seeds; a failure prints how to repeat it.")

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds.") var seeds: UInt64 = 1
    @Option(help: "Number of live pledges.") var pledges = 30
    @Option(help: "Months to simulate with failures.") var months = 36
    @Option(help: "The profile of failures; all if not given.") var profile: Profile?

    func run() async throws {
        for seed in seed..<seed + seeds {
            for profile in profile.map({ [$0] }) ?? Profile.allCases {
                let scenario = Scenario(
                    seed: seed, pledges: pledges, months: months, profile: profile)
                do {
                    print("\(scenario): \(try await Simulator.run(scenario))")
                } catch {
                    print("\(error)")
                    throw ExitCode.failure
                }
            }
        }
    }
}

extension Profile: ExpressibleByArgument {}
