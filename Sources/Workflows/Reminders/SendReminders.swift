package import Pledging
import Store

/// Decides every reminder that is due, one batch per transaction: state, event and mail row are
/// written together. Each reminder makes one mail row, even if the run is killed and repeated, or
/// runs twice at once. DeliverMail sends the mails.
package enum SendReminders {
    package struct Summary: Hashable, Sendable {
        /// Reminders that were due and decided.
        package var claimed = 0
        package var queued = 0
        package var skipped = 0
        /// Skipped reminders by reason.
        package var skippedBecause: [SkipReason: Int] = [:]
        /// `support` reminders that wait until the newsroom has its legal name and address.
        package var waiting = 0

        package var json: JSON {
            .members([
                "claimed": .integer(Int64(claimed)), "queued": .integer(Int64(queued)),
                "skipped": .integer(Int64(skipped)), "waiting": .integer(Int64(waiting)),
                "skipped_because": .object(
                    skippedBecause.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                        JSON.Member(name: $0.key.rawValue, value: .integer(Int64($0.value)))
                    }),
            ])
        }
    }

    /// Decides everything that is due, up to `limit`; with `isDryRun`, on a copy that is thrown
    /// away. Throws Problem `.notPermitted` on a held book.
    package static func run(
        limit: Int? = nil, isDryRun: Bool = false, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "reminders")
        if isDryRun { try await context.refuseWhileHeld() } else { try await context.beginRun() }
        return try await context.run(isDryRun: isDryRun) {
            try await decide(limit, in: $0, progress: progress)
        }
    }

    private static func decide(
        _ limit: Int?, in context: Context, progress: @escaping @Sendable (Int) -> Void
    ) async throws -> Summary {
        let now = context.now
        // 1. Insert the reminders that follow from dates, and queue yearly receipts.
        try await PromisedReminders.insertAll(at: now, in: context)
        try await YearlyReceipts.queue(in: context)
        // 2. Read what is due in windows, and sort each by id, because rows with neighbouring ids
        // are on the same pages of the file.
        var summary = Summary()
        var last: DuePosition?
        while summary.claimed < limit ?? Int.max {
            let after = last
            let size = min(windowMaximum, (limit ?? Int.max) - summary.claimed)
            let window = try await context.look(at: now) { look in
                try look.store.dueReminders(
                    by: look.now, withSupport: look.store.newsroom().maySendSupportMail,
                    after: after, limit: size)
            }
            guard let end = window.last else { break }
            // 3. Decide a batch at a time, and write all that follows.
            var ids = window.map(\.id).sorted()[...]
            while !ids.isEmpty {
                let batch = Array(ids.prefix(batchSize))
                ids = ids.dropFirst(batchSize)
                let decided = try await context.settingAside(
                    each: batch, at: now, subject: \.text
                ) {
                    try ReminderBatch.decide($0, in: $1)
                }
                for part in decided { summary.add(part) }
                progress(summary.claimed)
            }
            last = end
        }
        summary.waiting = try await context.look(at: now) { try waiting($0) }
        context.log(.info, "reminders decided", summary.json)
        return summary
    }

    private static func waiting(_ look: Look) throws -> Int {
        guard try !look.store.newsroom().maySendSupportMail else { return 0 }
        return try look.store.dueSupportReminders(by: look.now, limit: waitingMaximum)
    }

    /// Due reminders whose ids are in memory at once: a few megabytes.
    private static let windowMaximum = 100_000
    /// Rows per transaction: enough to share its cost, few enough that other writers hardly wait.
    private static let batchSize = 500
    /// Counting stops here: a larger number would tell nothing more.
    private static let waitingMaximum = 1_000_000
}

extension SendReminders.Summary {
    fileprivate mutating func add(_ batch: ReminderBatch) {
        claimed += batch.decided
        queued += batch.mails.count
        skipped += batch.skips.count
        for reason in batch.skips { skippedBecause[reason, default: 0] += 1 }
    }
}
