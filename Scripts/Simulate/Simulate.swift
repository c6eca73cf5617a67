import ArgumentParser
import Foundation
import Simulation

/// Runs any number of scenarios, and stops at the first that fails.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Years of charging in minutes, from seeds; a failure says how to see it again.")

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds.") var seeds: UInt64 = 1
    @Option(help: "Live pledges of the newsroom.") var pledges = 30
    @Option(help: "Months of trouble.") var months = 36
    @Option(help: "What goes wrong; every profile if not given.") var profile: Profile?

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
