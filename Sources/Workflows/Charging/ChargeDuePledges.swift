import Payments
import Pledging
import Store

/// Charges the pledges whose next charge is due. It commits each charge with its attempt and its
/// key, and only then calls the processor. Each period of a pledge is charged once, even if the run
/// is killed and repeated, or runs twice at once.
package enum ChargeDuePledges {
    /// Charges everything that is due at the run's moment, for at most `limit` pledges. Throws what
    /// `ChargeSender.collect` throws.
    package static func run(
        _ run: BillingRun, _ tally: inout BillingTally, limit: Int? = nil, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        var due = DueWindow(context: context, now: run.now, limit: limit)
        let sender = ChargeSender(context: context, run: run)
        try await sender.collect(&tally, progress: progress) { tally in
            while let batch = try await due.nextBatch() {
                // The claims of a batch are committed before anything is sent.
                let claimed = try await context.settingAside(each: batch, subject: \.text) {
                    try ChargeBatch.due($0, run, in: $1)
                }
                for part in claimed { tally.add(part.tally) }
                let charges = claimed.flatMap(\.charges)
                if !charges.isEmpty { return charges }
            }
            return []
        }
    }

    /// Returns what would be charged from `run` until `end`, each charge on its own day, by the
    /// present state of the book. A notice that is missing is taken to leave in time. It writes
    /// nothing and calls no processor.
    static func rehearse(
        _ run: BillingRun, until end: BillingRun, limit: Int?, in look: Look
    ) throws -> BillingTally {
        var tally = BillingTally()
        var last: DuePledge?
        while tally.claimed < limit ?? Int.max {
            let page = try look.store.pledgesDue(
                by: end.today, after: last, limit: DueWindow.batchSize)
            guard let lastOfPage = page.last else { break }
            for due in page {
                guard tally.claimed < limit ?? Int.max else { break }
                guard let pledge = try look.store.pledge(due.id) else { continue }
                try rehearse(pledge, run, until: end, limit: limit, &tally, in: look)
            }
            last = lastOfPage
        }
        return tally
    }

    /// Counts all periods of a pledge that come due until `end`.
    private static func rehearse(
        _ pledge: Pledge, _ run: BillingRun, until end: BillingRun, limit: Int?,
        _ tally: inout BillingTally, in look: Look
    ) throws {
        var pledge = pledge
        if let name = try look.method(of: pledge)?.processor, run.processors[name] == nil {
            if !run.setUp.contains(name) { tally.notSetUp[name, default: 0] += 1 }
            return
        }
        while pledge.isDue(on: end.today), let due = pledge.nextChargeOn,
            tally.claimed < limit ?? Int.max
        {
            switch try decision(on: due, of: pledge, run, until: end, in: look) {
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
                // A pending pledge ends if its first charge is skipped.
                guard pledge.state != .pending else { return }
            }
            pledge.nextPeriod += pledge.collectEvery
            pledge.nextChargeOn = pledge.chargeDate(after: due, periods: pledge.collectEvery)
        }
    }

    /// Returns the decision on the due day. While that is to hold the charge, returns the decision
    /// on the day until which it is held, up to `end`.
    private static func decision(
        on due: CivilDate, of pledge: Pledge, _ run: BillingRun, until end: BillingRun,
        in look: Look
    ) throws -> DueCharge.Decision {
        var day = max(due, run.today)
        while true {
            let facts = try look.dueCharge(of: pledge, run.on(day)).announced(since: run.today)
            let decision = facts.decision
            guard case .hold(_, let next) = decision, next > day, next <= end.today else {
                return decision
            }
            day = next
        }
    }
}

/// Reads the due pledges in batches. They are searched in the order of due dates and processed in
/// the order of ids, because rows with neighbouring ids are on the same pages of the file.
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
        let window = try await context.look { look in
            try look.store.duePledges(
                by: look.today(),
                noticeBy: now.adding(days: -Int64(DueCharge.noticeDays)), after: after,
                limit: DueWindow.windowMaximum)
        }
        last = window.last ?? last
        ids = window.map(\.id).sorted()[...]
    }

    /// Pledges per transaction. Their charges wait for the processor under one lease.
    static let batchSize = 64
    /// Due pledges whose ids are in memory at once: a few megabytes.
    private static let windowMaximum = 100_000
}
