package import Pledging
import Store

/// Deletes what need not be kept any longer: people whose pledges and reminders are over, mails,
/// links, webhook deliveries, stored answers, and the bodies of ProcessorEvents. Ids, amounts and
/// states stay. Each batch is a transaction that decides again. So a run that is killed and
/// repeated, or runs twice at once, deletes only what is due.
package enum RunRetention {
    package struct Summary: Hashable, Sendable {
        /// People without a pledge, whose reminders are over.
        package var forgottenReaders = 0
        /// People whose pledges are over.
        package var forgottenSupporters = 0
        /// Rows that were old enough; those of forgotten people are not counted.
        package var mails = 0
        package var links = 0
        /// Files in the outbox that were old enough; those of forgotten people are not counted.
        package var outboxFiles = 0
        package var deliveries = 0
        package var answers = 0
        /// ProcessorEvents whose bodies were deleted, long after they were applied.
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

    /// Deletes everything that is due now and returns the counts; with `isDryRun`, it only reads
    /// and counts. Throws Problem `.notPermitted` on a held book, and what the book or the outbox
    /// throws; what was deleted until then stays deleted.
    package static func run(
        isDryRun: Bool, in context: Context
    ) async throws -> Summary {
        let context = context.acting(as: "retention")
        if !isDryRun { try await context.refuseWhileHeld() }
        let sweep = RetentionSweep(
            isDryRun: isDryRun, context: context, now: context.now,
            times: context.settings.retention)
        var summary = Summary()
        // Countries whose planned day has come are designated first; that is not counted.
        if !isDryRun { try await DesignateCountry.runPlanned(in: context) }
        // People are forgotten last: their mails are deleted with them, and a dry run counts those.
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
            context.log(
                .notice,
                "another process still reads the database log, which still contains what was "
                    + "deleted")
        }
        context.log(.info, isDryRun ? "retention counted" : "retention done", summary.json)
        return summary
    }
}
