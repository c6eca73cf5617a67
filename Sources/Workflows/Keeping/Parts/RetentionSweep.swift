import Mail
import Pledging
import Store

/// One run of retention, at one moment.
struct RetentionSweep: Sendable {
    let isDryRun: Bool
    let context: Context
    let now: Instant
    let times: Settings.Retention

    // MARK: Rows

    func mails() async throws -> Int {
        let limit = moment(daysAgo: times.mailDays)
        let yearly = moment(daysAgo: RetentionSweep.yearlyReceiptDays)
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

    /// Goes through a table in short reads, one per page, and deletes what is due on a page in one
    /// transaction. Returns how many rows were deleted, or would be in a dry run. A page on which
    /// nothing is due causes no write.
    private func rows<Key: Sendable>(
        from first: Key,
        page: @escaping @Sendable (Transaction, Key, Int) throws -> RetentionPage<Key>,
        delete: @escaping @Sendable (Transaction, [Key]) throws -> Int
    ) async throws -> Int {
        var total = 0
        var last: Key? = first
        while let after = last {
            let found = try await context.book.read { try page($0, after, RetentionSweep.pageSize) }
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

    /// Removes old files from the outbox and returns how many. A file's age is the time in its
    /// mail's id, so files whose rows are gone are removed too.
    func outboxFiles() async throws -> Int {
        let limit = moment(daysAgo: times.mailDays)
        let all = try await context.reachingOutbox { try $0.mailIDs() } ?? []
        let old = all.filter { id in
            uuidVersion7Moment(of: id.bits).map { $0 <= limit } ?? false
        }
        if isDryRun { return old.count }
        var removed = 0
        for batch in batches(of: old, size: RetentionSweep.fileBatchSize) {
            removed += try await context.reachingOutbox { try $0.remove(batch) } ?? 0
        }
        return removed
    }

    // MARK: People

    /// Looks at everybody, page by page, and forgets those who are due, one batch per transaction.
    /// Returns how many.
    func people() async throws -> (readers: Int, supporters: Int) {
        let zone = try await context.look { try $0.zone() }
        let rule = RetentionRule(
            readerDays: times.readerDays, supporterMonths: times.supporterMonths, zone: zone,
            at: now)
        var total = (readers: 0, supporters: 0)
        var last: String? = ""
        while let after = last {
            let page = try await context.book.read {
                try $0.retentionFacts(after: after, limit: RetentionSweep.pageSize)
            }
            last = page.count == RetentionSweep.pageSize ? page.last?.supporterID.text : nil
            let due = page.filter { rule.ground($0) != nil }
            if isDryRun {
                total.readers += due.count { rule.ground($0) == .reader }
                total.supporters += due.count { rule.ground($0) == .supporter }
                continue
            }
            for batch in batches(of: due.map(\.supporterID), size: RetentionSweep.personBatchSize) {
                let gone = try await forget(batch, by: rule)
                total.readers += gone.readers
                total.supporters += gone.supporters
            }
        }
        return total
    }

    /// Forgets those of these people who are still due: somebody may have pledged, or asked for a
    /// reminder, since they were selected.
    private func forget(
        _ ids: [ID<Supporter>], by rule: RetentionRule
    ) async throws -> (readers: Int, supporters: Int) {
        try await context.change(at: now) { change in
            var gone = (readers: 0, supporters: 0)
            for facts in try change.store.retentionFacts(of: ids) {
                guard let ground = rule.ground(facts),
                    let person = try change.store.supporter(facts.supporterID)
                else { continue }
                _ = try change.supporters.forget(person, by: .staff)
                switch ground {
                case .reader: gone.readers += 1
                case .supporter: gone.supporters += 1
                }
            }
            return gone
        }
    }

    // MARK: Sizes

    private func moment(daysAgo days: Int) -> Instant { now.adding(days: -Int64(days)) }

    private func batches<Element>(of all: [Element], size: Int) -> [[Element]] {
        stride(from: 0, to: all.count, by: size).map { Array(all[$0...].prefix(size)) }
    }

    /// Days that a yearly receipt's row is kept: longer than January, in which receipts are made,
    /// because without its row a receipt would be made again.
    private static let yearlyReceiptDays = 32
    /// Rows per read, and at most as many deleted per transaction; each takes some milliseconds.
    private static let pageSize = 500
    /// People per transaction: a dozen rows change for each, and other writers wait.
    private static let personBatchSize = 50
    /// Files removed under one hold of the outbox's lock, for which mail delivery waits.
    private static let fileBatchSize = 200
}
