import Payments
package import Pledging
import Store

/// Runs billing once. The steps depend on each other in this order: find out what is in doubt,
/// advance pledges by date, charge what is due, retry what failed before.
package enum RunBilling {
    package struct Options: Sendable {
        package var isDryRun = false
        /// The last day of a dry run; nil means today.
        package var until: CivilDate?
        /// At most this many due charges.
        package var limit: Int?

        package init(isDryRun: Bool = false, until: CivilDate? = nil, limit: Int? = nil) {
            self.isDryRun = isDryRun
            self.until = until
            self.limit = limit
        }
    }

    /// Throws Problem: `.notPermitted` on a held book, or when a processor's clock differs from
    /// ours; `.invalid` for a dry run that goes too far ahead.
    package static func run(
        _ options: Options = .init(), through processors: Processors, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "billing")
        if options.isDryRun { return try await rehearse(options, processors, context) }
        try await context.beginRun()
        var summary = Summary()
        // 1. Nothing is sent while clocks differ, or before the processors were asked about what is
        // in doubt.
        let reachable = try await processors.reachable(in: context)
        summary.unreachable = processors.missing(from: reachable)
        summary.reconciled = try await ReconcileCharges.pass(
            through: reachable, of: processors, in: context, progress: { _ in })
        // 2. Nothing is sent to a processor that may know of payments that this book does not know,
        // and nothing is given up that may be paid there.
        let waiting = try await FirstUse.waiting(of: processors, in: context)
        let read = reachable.without(summary.reconciled.unread + waiting)
        summary.unread = reachable.missing(from: read)
        if read.all.isEmpty, !waiting.isEmpty { return summary }
        // Where a brake is closed, nothing is tried, so nothing is given up either.
        summary.stopped = try await context.look { try $0.closedBrakes() }
        let ready = read.without(Array(summary.stopped.keys))
        summary.advanced = try await AdvancePledges.run(asking: ready, in: context)
        // 3. Charge what is due, then retry.
        let now = context.now
        let zone = try await context.look { try $0.zone() }
        let run = BillingRun(
            ready, of: processors, at: now, zone: zone, in: context)
        for processor in processors.all {
            try await context.resolve(.processorNotSetUp, processor.name)
        }
        try await DailyCeilings.release(for: run, in: context)
        let missing = MissingTokens(run: run, context: context)
        try await missing.release()
        try await ChargeDuePledges.run(
            run, &summary.charged, limit: options.limit, in: context, progress: progress)
        let done = summary.charged.claimed
        try await RetryFailedCharges.run(run, &summary.retried, in: context) { progress(done + $0) }
        // 4. What only the whole run shows.
        try await missing.settle(&summary.charged)
        for (name, reason) in run.faults.stopped { summary.stopped[name] = reason }
        context.log(.info, "billing done", summary.json)
        return summary
    }

    /// Makes the same decisions on a scratch copy, each on its own day up to `until`. No processor
    /// is asked.
    private static func rehearse(
        _ options: Options, _ processors: Processors, _ context: Context
    ) async throws -> Summary {
        try await context.refuseWhileHeld()
        let (zone, stopped) = try await context.look { try ($0.zone(), $0.closedBrakes()) }
        let ready = processors.without(Array(stopped.keys))
        let run = BillingRun(ready, of: processors, at: context.now, zone: zone, in: context)
        let last = options.until ?? run.today
        guard last >= run.today, last <= run.today.adding(months: rehearsalMonths) else {
            throw Problem(
                .invalid, field: .until, "must be today or within \(rehearsalMonths) months")
        }
        let end = run.on(last)
        return try await context.dryRun { context in
            var summary = Summary()
            summary.stopped = stopped
            summary.retried = try await RetryFailedCharges.rehearse(run, until: end, in: context)
            summary.advanced = try await AdvancePledges.run(
                asking: ready, at: end.now, in: context)
            summary.charged = try await context.look(at: end.now) { look in
                try ChargeDuePledges.rehearse(run, until: end, limit: options.limit, in: look)
            }
            return summary
        }
    }

    /// Months that a dry run may look ahead: a longer plan would be a guess.
    private static let rehearsalMonths = 12
}
