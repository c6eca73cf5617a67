import Mail
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
        let sweep = Sweep(
            isDryRun: isDryRun, context: context, now: context.now,
            times: context.settings.retention)
        var summary = Summary()
        // Whose day has come goes first, and leaves no count.
        if !isDryRun { try await DesignateCountry.runPlanned(in: context) }
        // People go last: their mails go with them, and so would not be counted as a dry run does.
        summary.outboxFiles = try sweep.outboxFiles()
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

/// One run, at one moment.
private struct Sweep: Sendable {
    let isDryRun: Bool
    let context: Context
    let now: Instant
    let times: Settings.Retention

    // MARK: Rows

    func mails() async throws -> Int {
        let limit = moment(daysAgo: times.mailDays)
        let yearly = moment(daysAgo: Sweep.yearlyReceiptDays)
        return try await rows(
            from: "",
            page: { try $0.mails(overBy: limit, yearly: yearly, after: $1, limit: $2) },
            delete: { try $0.deleteMails($1, overBy: limit, yearly: yearly) })
    }

    func links() async throws -> Int {
        let now = now
        return try await rows(
            from: LinkPosition.start,
            page: { try $0.links(expiredAt: now, after: $1, limit: $2) },
            delete: { try $0.deleteLinks($1, expiredAt: now) })
    }

    func deliveries() async throws -> Int {
        let limit = moment(daysAgo: times.deliveryDays)
        return try await rows(
            from: "", page: { try $0.deliveries(overBy: limit, after: $1, limit: $2) },
            delete: { try $0.deleteDeliveries($1, overBy: limit) })
    }

    func answers() async throws -> Int {
        let limit = moment(daysAgo: times.answerDays)
        return try await rows(
            from: [] as [UInt8],
            page: { try $0.answers(givenBy: limit, after: $1, limit: $2) },
            delete: { try $0.deleteAnswers($1, givenBy: limit) })
    }

    func processorEvents() async throws -> Int {
        let limit = moment(daysAgo: times.processorDays)
        return try await rows(
            from: "", page: { try $0.processorEvents(finishedBy: limit, after: $1, limit: $2) },
            delete: { try $0.dropProcessorEventBodies($1, finishedBy: limit) })
    }

    /// Goes through a table, each page a short read; what is due on a page goes in one transaction.
    /// Returns how many rows went, or would go. Where nothing is due, nothing is written.
    private func rows<Key: Sendable>(
        from first: Key,
        page: @escaping @Sendable (Transaction, Key, Int) throws -> RetentionPage<Key>,
        delete: @escaping @Sendable (Transaction, [Key]) throws -> Int
    ) async throws -> Int {
        var total = 0
        var last: Key? = first
        while let after = last {
            let found = try await context.book.read { try page($0, after, Sweep.pageSize) }
            last = found.last
            let due = found.due
            guard !isDryRun, !due.isEmpty else {
                total += due.count
                continue
            }
            total += try await context.book.write { try delete($0, due) }
        }
        return total
    }

    // MARK: The outbox

    /// Files go by the time in the mail's id: also those whose rows are gone already.
    func outboxFiles() throws -> Int {
        let limit = moment(daysAgo: times.mailDays)
        let all = try context.reachingOutbox { try $0.mailIDs() } ?? []
        let old = all.filter { id in
            uuidVersion7Moment(of: id.bits).map { $0 <= limit } ?? false
        }
        if isDryRun { return old.count }
        var removed = 0
        for batch in batches(of: old, size: Sweep.fileBatchSize) {
            removed += try context.reachingOutbox { try $0.remove(batch) } ?? 0
        }
        return removed
    }

    // MARK: People

    /// Looks at everybody, page by page, and forgets who is due, a batch to a transaction.
    func people() async throws -> (readers: Int, supporters: Int) {
        let zone = try await context.book.read { try $0.zone(nil) }
        let rule = RetentionRule(
            readerDays: times.readerDays, supporterMonths: times.supporterMonths, zone: zone,
            at: now)
        var total = (readers: 0, supporters: 0)
        var last: String? = ""
        while let after = last {
            let page = try await context.book.read {
                try $0.retentionFacts(after: after, limit: Sweep.pageSize)
            }
            last = page.count == Sweep.pageSize ? page.last?.supporterID.text : nil
            let due = page.filter { rule.ground($0) != nil }
            if isDryRun {
                total.readers += due.count { rule.ground($0) == .reader }
                total.supporters += due.count { rule.ground($0) == .supporter }
                continue
            }
            for batch in batches(of: due.map(\.supporterID), size: Sweep.personBatchSize) {
                let gone = try await forget(batch, by: rule)
                total.readers += gone.readers
                total.supporters += gone.supporters
            }
        }
        return total
    }

    private func forget(
        _ ids: [ID<Supporter>], by rule: RetentionRule
    ) async throws -> ForgottenBatch {
        let context = context
        let now = now
        let batch = try await context.book.write { transaction in
            try transaction.forgetDue(ids, by: rule, in: context, at: now)
        }
        // Not before the commit. What a killed run leaves goes by its age.
        try context.removeFromOutbox(batch.mailIDs)
        return batch
    }

    // MARK: Sizes

    private func moment(daysAgo days: Int) -> Instant { now.adding(days: -Int64(days)) }

    private func batches<Element>(of all: [Element], size: Int) -> [[Element]] {
        stride(from: 0, to: all.count, by: size).map { Array(all[$0...].prefix(size)) }
    }

    /// Longer than January, in which yearly receipts are made: without its row one is made again.
    private static let yearlyReceiptDays = 32
    /// Rows to a read, and at most as many deleted in one transaction: some milliseconds each.
    private static let pageSize = 500
    /// People to a transaction: each has a dozen rows that change, and other writers wait.
    private static let personBatchSize = 50
    /// Files to one hold of the outbox's lock: whoever delivers mail waits for it.
    private static let fileBatchSize = 200
}

/// What came of one batch of people.
private struct ForgottenBatch: Sendable {
    var readers = 0
    var supporters = 0
    var mailIDs: [ID<QueuedMail>] = []
}

extension Transaction {
    /// Forgets those of these people who are due now: somebody may have pledged, or asked to be
    /// reminded, since they were selected.
    fileprivate func forgetDue(
        _ ids: [ID<Supporter>], by rule: RetentionRule, in context: Context, at now: Instant
    ) throws -> ForgottenBatch {
        var batch = ForgottenBatch()
        for facts in try retentionFacts(of: ids) {
            guard let ground = rule.ground(facts),
                let person = try supporter(facts.supporterID)
            else { continue }
            let gone = try forget(person, by: .staff, in: context, at: now)
            batch.mailIDs += gone.mailIDs
            switch ground {
            case .reader: batch.readers += 1
            case .supporter: batch.supporters += 1
            }
        }
        return batch
    }
}
