import Payments
import Pledging
import Store

/// Retries softly declined charges on the days that dunning sets, and held charges as soon as they
/// may be sent. A retry is a new attempt with a key of its own.
package enum RetryFailedCharges {
    /// Retries everything that is due at the run's moment. Throws what `ChargeSender.collect`
    /// throws.
    package static func run(
        _ run: BillingRun, _ tally: inout BillingTally, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        let sender = ChargeSender(context: context, run: run)
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
                let claimed = try await context.settingAside(each: charges, subject: \.id.text) {
                    try ChargeBatch.again($0, run, in: $1)
                }
                for part in claimed { tally.add(part.tally) }
                let again = claimed.flatMap(\.charges)
                if !again.isEmpty { return again }
            }
        }
    }

    /// Returns what would be tried again from `run` until the day of `end`, each charge once, on
    /// the day that is set for it now. Called on a scratch copy; no processor is asked.
    static func rehearse(
        _ run: BillingRun, until end: BillingRun, in context: Context
    ) async throws -> BillingTally {
        var tally = BillingTally()
        var day = run.today
        while day <= end.today {
            let run = run.on(day)
            var last: Charge?
            while true {
                let after = last
                let charges = try await context.look { look in
                    try look.store.charges(
                        in: [.declined, .held], toStepBy: run.now, after: after, limit: batchSize)
                }
                guard let end = charges.last else { break }
                last = end
                let batch = try await context.change(at: run.now) { change in
                    let batch = try ChargeBatch.again(charges, run, in: change)
                    // It succeeds, so that the periods after it are planned too.
                    for charge in batch.charges {
                        let reference = charge.order.reference
                        try change.booking.apply(
                            ChargeAnswer(
                                .succeeded(at: run.now, nil), remoteID: "planned:\(reference.key)"),
                            of: reference.chargeID, attempt: reference.attempt)
                    }
                    return batch
                }
                tally.add(batch.tally)
                for charge in batch.charges { tally.add(charge.order.amount) }
            }
            day = day.adding(days: 1)
        }
        return tally
    }

    private static let batchSize = 64
}
