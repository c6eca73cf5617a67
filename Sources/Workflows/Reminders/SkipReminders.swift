package import Pledging
import Store

/// Skips reminders in a release that were due before the other copy's last run, because that copy
/// may have sent them. Notices of charges are kept: twice is better than never.
package enum SkipReminders {
    /// Skips reminders that were due by `last`. Returns how many.
    package static func run(dueBy last: Instant, in context: Context) async throws -> Int {
        // 1. Insert the reminders that followed from dates until then, as the other copy's jobs
        // did.
        try await PromisedReminders.insertAll(at: last, in: context)
        // 2. Skip everything that was due, one batch per transaction.
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
