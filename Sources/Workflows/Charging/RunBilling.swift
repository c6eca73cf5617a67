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

    package struct Summary: Hashable, Sendable {
        package var advanced = AdvancePledges.Summary()
        package var reconciled = ReconcileCharges.Summary()
        package var charged = BillingTally()
        package var retried = BillingTally()
        /// Processors that could not be reached; nothing was collected through them.
        package var unreachable: [String] = []
        /// Processors whose payments or messages are still to be read; nothing was collected
        /// through them.
        package var unread: [String] = []

        package var json: JSON {
            [
                "advanced": advanced.json, "reconciled": reconciled.json,
                "charged": charged.json, "retried": retried.json,
                "unreachable": .array(unreachable.map { .string($0) }),
                "unread": .array(unread.map { .string($0) }),
            ]
        }

        /// Which processors nothing could be collected through, and what to do, in one line; nil if
        /// all were reached and read.
        package var failure: String? {
            let lines = [
                unreachable.isEmpty
                    ? nil
                    : "\(unreachable.joined(separator: ", ")): unreachable, so nothing was charged "
                        + "through it; check its key and the network, then run it again",
                unread.isEmpty
                    ? nil
                    : "\(unread.joined(separator: ", ")): its payments or messages could not be "
                        + "read, so nothing was charged through it; give its key the right to read "
                        + "payments and events, then run it again",
            ].compactMap { $0 }
            return lines.isEmpty ? nil : lines.joined(separator: "; ")
        }

        /// The same, and which charges wait for a processor that is not set up in this process.
        package var complaint: String? {
            let waiting = charged.notSetUp.merging(retried.notSetUp, uniquingKeysWith: +)
                .sorted { $0.key < $1.key }.map { "\($0.value) charge(s) wait for \($0.key)" }
            guard !waiting.isEmpty else { return failure }
            let line =
                waiting.joined(separator: ", ")
                + ", which is not set up here; give its key, then run it again"
            return [failure, line].compactMap { $0 }.joined(separator: "; ")
        }
    }

    /// Throws Problem: `.notPermitted` on a held book, when a processor's clock differs from ours,
    /// or at the daily ceiling; `.unavailable` when too many charges are declined or the processor
    /// refuses the account's requests; `.invalid` for a dry run that goes too far ahead.
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
        let ready = reachable.without(summary.reconciled.unread + waiting)
        summary.unread = reachable.missing(from: ready)
        if ready.all.isEmpty, !waiting.isEmpty { return summary }
        summary.advanced = try await AdvancePledges.run(asking: ready, in: context)
        // 3. Charge what is due, then retry.
        let now = context.now
        let zone = try await context.look { try $0.zone() }
        let run = BillingRun(
            ready, of: processors, at: now, zone: zone, in: context)
        for processor in processors.all {
            try await context.resolve(.processorNotSetUp, processor.name)
        }
        try await ChargeDuePledges.run(
            run, &summary.charged, limit: options.limit, in: context, progress: progress)
        let done = summary.charged.claimed
        try await RetryFailedCharges.run(run, &summary.retried, in: context) { progress(done + $0) }
        context.log(.info, "billing done", summary.json)
        return summary
    }

    /// Makes the same decisions on a scratch copy, each on its own day up to `until`. No processor
    /// is asked.
    private static func rehearse(
        _ options: Options, _ processors: Processors, _ context: Context
    ) async throws -> Summary {
        try await context.refuseWhileHeld()
        let zone = try await context.look { try $0.zone() }
        let run = BillingRun(
            processors, of: processors, at: context.now, zone: zone, in: context)
        let last = options.until ?? run.today
        guard last >= run.today, last <= run.today.adding(months: rehearsalMonths) else {
            throw Problem(
                .invalid, field: .until, "must be today or within \(rehearsalMonths) months")
        }
        let end = run.on(last)
        return try await context.dryRun { context in
            var summary = Summary()
            summary.advanced = try await AdvancePledges.run(
                asking: processors, at: end.now, in: context)
            summary.charged = try await context.look(at: end.now) { look in
                try ChargeDuePledges.rehearse(run, until: end, limit: options.limit, in: look)
            }
            return summary
        }
    }

    /// Months that a dry run may look ahead: a longer plan would be a guess.
    private static let rehearsalMonths = 12
}
