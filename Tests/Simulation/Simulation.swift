// Simulation: years of charging in minutes. A newsroom's book, its readers, a processor, banks and
// mail are drawn from one seed and run on one thread, so that a seed replays exactly. It may import
// anything but a network; nothing that ships may import it.
// Never here: the machine's clock or randomness, or anything that leaves the seeded executor.

import TestSupport

/// The parameters of a run. The same scenario has the same outcome.
package struct Scenario: Hashable, Sendable, CustomStringConvertible {
    package let seed: UInt64
    /// The number of live pledges to which the newsroom grows.
    package let pledges: Int
    /// Months of trouble. The quiet weeks after them, in which everything must come to rest, are
    /// not counted.
    package let months: Int
    package let profile: Profile

    package init(seed: UInt64, pledges: Int = 30, months: Int = 36, profile: Profile) {
        self.seed = seed
        self.pledges = pledges
        self.months = months
        self.profile = profile
    }

    package var description: String {
        "--seed \(seed) --pledges \(pledges) --months \(months) --profile \(profile.rawValue)"
    }

    var days: Int { months * 365 / 12 }
}

/// Runs scenarios.
package enum Simulator {
    /// Runs the days of the scenario, then lets everything come to rest. Throws SimulationFailure
    /// at the first invariant that does not hold.
    package static func run(_ scenario: Scenario) async throws -> Outcome {
        let executor = SeededExecutor(seed: scenario.seed)
        return try await executor.run {
            let world = try await World(scenario)
            return try await world.live()
        }
    }
}

/// What happened in a run. Two runs of one scenario have equal outcomes.
package struct Outcome: Hashable, Sendable, CustomStringConvertible {
    package internal(set) var payments = 0
    package internal(set) var refunds = 0
    package internal(set) var disputes = 0
    /// Second payments for one period, by a bank's fault.
    package internal(set) var extraPayments = 0
    package internal(set) var mails = 0
    package internal(set) var deaths = 0
    /// How often two programs ran at once.
    package internal(set) var pairs = 0
    package internal(set) var restores = 0
    /// A hash of all lines of the trace.
    package internal(set) var digest: UInt64 = 0

    package var description: String {
        "\(payments) payments, \(refunds) refunds, \(disputes) disputes, "
            + "\(extraPayments) extra payments, \(mails) mails, \(deaths) deaths, "
            + "\(pairs) pairs, \(restores) restores"
    }
}

/// An invariant did not hold. `description` says how to replay the run.
package struct SimulationFailure: Error, CustomStringConvertible {
    package let scenario: Scenario
    /// What is wrong, in words.
    package let complaints: [String]
    /// The last lines of the trace.
    package let trace: [String]

    package var description: String {
        """
        \(complaints.prefix(8).joined(separator: "\n"))
        replay: Scripts/simulate \(scenario)
        \(trace.map { "  " + $0 }.joined(separator: "\n"))
        """
    }
}
