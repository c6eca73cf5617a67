package import Pledging
import Store

/// Part of a release: reminders that were due before the other copy's last run are skipped, because
/// that copy may have sent them. Notices of charges are not: better told twice than never.
package enum SkipReminders {
    /// How many were skipped of those that were due by `last`.
    package static func run(dueBy last: Instant, in context: Context) async throws -> Int {
        // 1. What dates promised until then, as the jobs of the other copy made it.
        try await PromisedReminders.insertAll(at: last, in: context)
        // 2. Everything that was due, a batch to a transaction.
        var skipped = 0
        var position: DuePosition?
        while true {
            let after = position
            let due = try await context.look { look in
                try look.store.dueReminders(
                    by: last, withSupport: true, after: after, limit: batchSize)
            }
            guard let end = due.last else { return skipped }
            skipped += try await context.change { change in
                let unwanted = try change.store.dueReminders(due.map(\.id)).filter {
                    $0.reminder.kind != .upcomingCharge
                }
                return try ReminderBatch.decide(
                    unwanted.map(\.reminder.id), perhapsSent: true, in: change
                ).decided
            }
            position = end
        }
    }

    private static let batchSize = 200
}
