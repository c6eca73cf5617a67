package import Pledging
import Store

/// Forgets what need not be kept any longer: people of whom nothing is wanted any more, mails,
/// links, webhook deliveries and stored answers. Ids, amounts and states stay. Each batch is a
/// transaction of its own that decides again; killed anywhere, run again or twice at once, what is
/// due goes once and nothing else does.
package enum RunRetention {
    package struct Summary: Hashable, Sendable {
        /// People without a pledge, whose reminders are over.
        package var forgottenReaders = 0
        /// People whose pledges are over.
        package var forgottenSupporters = 0
        /// Rows that were over; those of forgotten people go with them and are not counted.
        package var mails = 0
        package var links = 0
        /// Mails in the outbox that were old; those of forgotten people are not counted.
        package var outboxFiles = 0
        package var deliveries = 0
        package var answers = 0
        /// What processors told, long after it was applied.
        package var processorEvents = 0

        package init() {}

        package var json: JSON {
            [
                "forgotten_readers": .integer(Int64(forgottenReaders)),
                "forgotten_supporters": .integer(Int64(forgottenSupporters)),
                "mails": .integer(Int64(mails)), "links": .integer(Int64(links)),
                "outbox_files": .integer(Int64(outboxFiles)),
                "deliveries": .integer(Int64(deliveries)), "answers": .integer(Int64(answers)),
                "processor_events": .integer(Int64(processorEvents)),
            ]
        }
    }

    /// Everything that is due now, and how much it was; with `isDryRun` it only counts what would
    /// go, in reads. Throws when the book or the outbox cannot be read or written; what went until
    /// then is gone.
    package static func run(
        isDryRun: Bool, in context: Context
    ) async throws -> Summary {
        let context = context.acting(as: "retention")
        if !isDryRun { try await context.refuseWhileHeld() }
        let sweep = RetentionSweep(
            isDryRun: isDryRun, context: context, now: context.now,
            times: context.settings.retention)
        var summary = Summary()
        // Whose day has come goes first, and leaves no count.
        if !isDryRun { try await DesignateCountry.runPlanned(in: context) }
        // People go last: their mails go with them, and so would not be counted as a dry run does.
        summary.outboxFiles = try await sweep.outboxFiles()
        summary.mails = try await sweep.mails()
        summary.links = try await sweep.links()
        summary.deliveries = try await sweep.deliveries()
        summary.answers = try await sweep.answers()
        summary.processorEvents = try await sweep.processorEvents()
        let people = try await sweep.people()
        summary.forgottenReaders = people.readers
        summary.forgottenSupporters = people.supporters
        if !isDryRun, people.readers + people.supporters > 0,
            try await !context.book.driver.purgeLog()
        {
            context.log(.notice, "the log is still read; what was forgotten stands in it")
        }
        context.log(.info, isDryRun ? "retention counted" : "retention done", summary.json)
        return summary
    }
}
