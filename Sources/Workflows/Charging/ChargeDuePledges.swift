import Payments
import Pledging
import Store

/// Collects what is due: claims pledges whose next charge has come, commits each charge with its
/// attempt and its key, and only then calls the processor. Killed anywhere, run again or twice at
/// once, each period of a pledge is charged once.
package enum ChargeDuePledges {
    /// Everything that is due at `now` on the newsroom's day.
    package static func run(
        _ run: BillingRun, _ tally: inout BillingTally, limit: Int? = nil, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        var due = DueWindow(context: context, now: run.now, limit: limit)
        let sender = ChargeSender(context: context, callsInFlight: run.callsInFlight)
        try await sender.collect(&tally, progress: progress) { tally in
            while let batch = try await due.nextBatch() {
                // Each batch: what became of its pledges is written before anything is sent.
                let claimed = try await context.book.write { transaction in
                    try ChargeBatch.due(batch, run, transaction, in: context)
                }
                tally.add(claimed.tally)
                if !claimed.charges.isEmpty { return claimed.charges }
            }
            return []
        }
    }

    /// What would be charged from `run` until `end`, each charge on its day, from the book as it
    /// stands: no write, no call.
    static func rehearse(
        _ run: BillingRun, until end: BillingRun, limit: Int?, in transaction: Transaction
    ) throws -> BillingTally {
        var tally = BillingTally()
        var last: DuePledge?
        while tally.claimed < limit ?? Int.max {
            let page = try transaction.duePledges(
                by: end.today, noticeBy: end.noticeBy, after: last, limit: DueWindow.batchSize)
            guard let lastOfPage = page.last else { break }
            for due in page {
                guard tally.claimed < limit ?? Int.max else { break }
                guard let pledge = try transaction.pledge(due.id) else { continue }
                try rehearse(pledge, run, until: end, &tally, in: transaction)
            }
            last = lastOfPage
        }
        return tally
    }

    /// All periods of a pledge that come due by then.
    private static func rehearse(
        _ pledge: Pledge, _ run: BillingRun, until end: BillingRun, _ tally: inout BillingTally,
        in transaction: Transaction
    ) throws {
        var pledge = pledge
        while pledge.isDue(on: end.today), let due = pledge.nextChargeOn {
            switch try decision(on: due, of: pledge, run, until: end, in: transaction) {
            case .collect:
                tally.claimed += 1
                tally.add(pledge.chargeAmount)
            case .declineWithoutMethod:
                tally.declined += 1
                return
            case .hold:
                tally.held += 1
                return
            case .skip:
                tally.skipped += 1
                // The pledge would end with its first charge.
                guard pledge.state != .pending else { return }
            }
            pledge.nextPeriod += pledge.collectEvery
            pledge.nextChargeOn = pledge.chargeDate(after: due, periods: pledge.collectEvery)
        }
    }

    /// What is decided on the day, or, where it has to wait, on a later one until then.
    private static func decision(
        on due: CivilDate, of pledge: Pledge, _ run: BillingRun, until end: BillingRun,
        in transaction: Transaction
    ) throws -> DueCharge.Decision {
        var day = max(due, run.today)
        while true {
            let decision = try transaction.dueCharge(of: pledge, run.on(day)).decision
            guard case .hold(_, let next) = decision, next > day, next <= end.today else {
                return decision
            }
            day = next
        }
    }
}

/// One billing run: its moment, its day, and who can be asked.
package struct BillingRun: Sendable {
    let processors: Processors
    let bookID: String
    /// The whole run goes by one moment, which the processors' clocks agreed to.
    let now: Instant
    let today: CivilDate
    let zone: TimeZoneRules
    let ceilings: Settings.Billing

    init(
        _ processors: Processors, at now: Instant, zone: TimeZoneRules, in context: Context
    ) {
        self.processors = processors
        bookID = context.book.keys.bookID.text
        self.now = now
        self.zone = zone
        today = zone.date(at: now)
        ceilings = context.settings.billing
    }

    /// The same at the end of another day.
    func on(_ day: CivilDate) -> BillingRun {
        day == today ? self : BillingRun(self, at: zone.instant(of: day, hour: 23))
    }

    private init(_ other: BillingRun, at now: Instant) {
        processors = other.processors
        bookID = other.bookID
        zone = other.zone
        ceilings = other.ceilings
        self.now = now
        today = zone.date(at: now)
    }

    /// Notices that were accepted by then are old enough.
    var noticeBy: Instant { now.adding(days: -Int64(DueCharge.noticeDays)) }

    var callsInFlight: Int { max(1, processors.all.map(\.callsInFlight).max() ?? 1) }

    /// Longer than a batch takes when each of its calls runs into its time limit.
    static let leaseSeconds: Int64 = 600
}

/// The due pledges, a batch at a time. They are found in the order of their due dates and worked on
/// in the order of their ids, because neighbours lie on the same pages of the file.
private struct DueWindow {
    let context: Context
    let now: Instant
    let limit: Int?
    private var last: DuePledge?
    private var ids: ArraySlice<ID<Pledge>> = []
    private var taken = 0

    init(context: Context, now: Instant, limit: Int?) {
        self.context = context
        self.now = now
        self.limit = limit
    }

    mutating func nextBatch() async throws -> [ID<Pledge>]? {
        if ids.isEmpty { try await fill() }
        let size = min(DueWindow.batchSize, (limit ?? Int.max) - taken)
        guard size > 0, !ids.isEmpty else { return nil }
        let batch = Array(ids.prefix(size))
        ids = ids.dropFirst(size)
        taken += batch.count
        return batch
    }

    private mutating func fill() async throws {
        let (after, now) = (last, now)
        let window = try await context.book.read { transaction in
            try transaction.duePledges(
                by: transaction.today(at: now),
                noticeBy: now.adding(days: -Int64(DueCharge.noticeDays)), after: after,
                limit: DueWindow.windowMaximum)
        }
        last = window.last ?? last
        ids = window.map(\.id).sorted()[...]
    }

    /// Pledges to a transaction: they wait for their turn at the processor under one lease.
    static let batchSize = 64
    /// Due pledges whose ids are held at once: a few megabytes.
    private static let windowMaximum = 100_000
}
