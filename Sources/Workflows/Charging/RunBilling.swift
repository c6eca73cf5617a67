import Payments
package import Pledging
import Store

/// One pass over everything that money and time move, in the order in which the steps feed each
/// other: what time alone moves, what is in doubt, what is due, what failed before.
package enum RunBilling {
    package struct Options: Sendable {
        package var isDryRun = false
        /// With a dry run: by the end of which day; nil is today.
        package var until: CivilDate?
        /// At most this many due charges.
        package var limit: Int?

        package init(isDryRun: Bool = false, until: CivilDate? = nil, limit: Int? = nil) {
            self.isDryRun = isDryRun
            self.until = until
            self.limit = limit
        }
    }

    package struct Summary: Hashable, Sendable {
        package var advanced = AdvancePledges.Summary()
        package var reconciled = ReconcileCharges.Summary()
        package var charged = BillingTally()
        package var retried = BillingTally()
        /// Processors that could not be asked: nothing was collected through them.
        package var unreachable: [String] = []

        package var json: JSON {
            [
                "advanced": advanced.json, "reconciled": reconciled.json,
                "charged": charged.json, "retried": retried.json,
                "unreachable": .array(unreachable.map { .string($0) }),
            ]
        }
    }

    package static func run(
        _ options: Options = .init(), through processors: Processors, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "billing")
        if options.isDryRun { return try await rehearse(options, processors, context) }
        try await context.beginRun()
        var summary = Summary()
        // 1. Nothing is sent while clocks differ, or before what is in doubt was asked about.
        let reachable = try await processors.reachable(in: context)
        summary.unreachable = processors.missing(from: reachable)
        summary.reconciled = try await ReconcileCharges.pass(
            through: reachable, of: processors, in: context, progress: { _ in })
        // 2. A copy that was made the present book moves nothing before it has read what was paid
        // without it: a period that looks missed, or a failure that looks old, may be paid.
        if try await processors.awaitReconciliation(in: context) { return summary }
        summary.advanced = try await AdvancePledges.run(in: context)
        // 3. What is due, and what is to be tried again.
        let now = context.now
        let zone = try await context.look { try $0.zone() }
        let run = BillingRun(reachable, at: now, zone: zone, in: context)
        try await ChargeDuePledges.run(
            run, &summary.charged, limit: options.limit, in: context, progress: progress)
        let done = summary.charged.claimed
        try await RetryFailedCharges.run(run, &summary.retried, in: context) { progress(done + $0) }
        context.log(.info, "billing done", summary.json)
        return summary
    }

    /// The same decisions, each on its day until that one, on a scratch copy; nobody is asked
    /// anything.
    private static func rehearse(
        _ options: Options, _ processors: Processors, _ context: Context
    ) async throws -> Summary {
        try await context.refuseWhileHeld()
        let zone = try await context.look { try $0.zone() }
        let run = BillingRun(processors, at: context.now, zone: zone, in: context)
        let last = options.until ?? run.today
        guard last >= run.today, last <= run.today.adding(months: rehearsalMonths) else {
            throw Problem(
                .invalid, field: .until, "must be today or within \(rehearsalMonths) months")
        }
        let end = run.on(last)
        return try await context.dryRun { context in
            var summary = Summary()
            summary.advanced = try await AdvancePledges.run(at: end.now, in: context)
            summary.charged = try await context.look(at: end.now) { look in
                try ChargeDuePledges.rehearse(run, until: end, limit: options.limit, in: look)
            }
            return summary
        }
    }

    /// A plan for longer would be a guess.
    private static let rehearsalMonths = 12
}
