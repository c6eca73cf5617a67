package import Pledging
import Store

/// Decides every reminder that is due, a batch to a transaction: state, event and mail row move
/// together. Killed anywhere, run again or twice at once, each reminder makes one mail row.
/// DeliverMail sends what stands there.
package enum SendReminders {
    package struct Summary: Hashable, Sendable {
        /// Reminders that were due and decided.
        package var claimed = 0
        package var queued = 0
        package var skipped = 0
        /// By reason, for people who wonder.
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

    /// Everything that is due, up to `limit`; with `isDryRun` nothing is kept.
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
        // 1. Dates of pledges and methods become reminders that are due at once.
        try await PromisedReminders.insertAll(at: now, in: context)
        try await YearlyReceipts.queue(in: context)
        // 2. What is due, in windows; neighbours of a window lie on the same pages of the file.
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
            // 3. A batch at a time: the decisions, and everything that follows from them.
            var ids = window.map(\.id).sorted()[...]
            while !ids.isEmpty {
                let batch = Array(ids.prefix(batchSize))
                ids = ids.dropFirst(batchSize)
                summary.add(
                    try await context.change(at: now) { change in
                        try ReminderBatch.decide(batch, in: change)
                    })
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

    /// Due reminders whose ids are held at once: a few megabytes.
    private static let windowMaximum = 100_000
    /// Rows to a transaction: large enough to share its cost, short enough for other writers.
    private static let batchSize = 500
    /// Beyond this the exact number tells nobody more.
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
