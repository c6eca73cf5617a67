import Payments
import Pledging
import Store

/// Tries again what was declined softly, on the days that dunning says, and what was held, as soon
/// as it may be. A decline makes a new attempt, with a key of its own.
package enum RetryFailedCharges {
    package static func run(
        _ run: BillingRun, _ tally: inout BillingTally, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        let sender = ChargeSender(context: context, callsInFlight: run.callsInFlight)
        var last: Charge?
        try await sender.collect(&tally, progress: progress) { tally in
            while true {
                let after = last
                let charges = try await context.look { look in
                    try look.store.charges(
                        in: [.declined, .held], toStepBy: run.now, after: after, limit: batchSize)
                }
                guard let end = charges.last else { return [] }
                last = end
                let claimed = try await context.change { change in
                    try ChargeBatch.again(charges, run, in: change)
                }
                tally.add(claimed.tally)
                if !claimed.charges.isEmpty { return claimed.charges }
            }
        }
    }

    private static let batchSize = 64
}
