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
                let claimed = try await context.change { change in
                    try ChargeBatch.due(batch, run, in: change)
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
        _ run: BillingRun, until end: BillingRun, limit: Int?, in look: Look
    ) throws -> BillingTally {
        var tally = BillingTally()
        var last: DuePledge?
        while tally.claimed < limit ?? Int.max {
            let page = try look.store.duePledges(
                by: end.today, noticeBy: end.noticeBy, after: last, limit: DueWindow.batchSize)
            guard let lastOfPage = page.last else { break }
            for due in page {
                guard tally.claimed < limit ?? Int.max else { break }
                guard let pledge = try look.store.pledge(due.id) else { continue }
                try rehearse(pledge, run, until: end, &tally, in: look)
            }
            last = lastOfPage
        }
        return tally
    }

    /// All periods of a pledge that come due by then.
    private static func rehearse(
        _ pledge: Pledge, _ run: BillingRun, until end: BillingRun, _ tally: inout BillingTally,
        in look: Look
    ) throws {
        var pledge = pledge
        while pledge.isDue(on: end.today), let due = pledge.nextChargeOn {
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
        in look: Look
    ) throws -> DueCharge.Decision {
        var day = max(due, run.today)
        while true {
            let decision = try look.dueCharge(of: pledge, run.on(day)).decision
            guard case .hold(_, let next) = decision, next > day, next <= end.today else {
                return decision
            }
            day = next
        }
    }
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
        let window = try await context.look { look in
            try look.store.duePledges(
                by: look.today(),
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
