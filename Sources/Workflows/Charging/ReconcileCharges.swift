import Payments
package import Pledging
import Store

/// Finds out what became of charges and refunds in doubt: fetches and applies the processors'
/// messages, then asks about each attempt whose answer was lost or is awaited. A call is repeated
/// only under the key that it had before. Extra payments are sent back here.
package enum ReconcileCharges {
    package struct Summary: Hashable, Sendable {
        /// Messages that were fetched and had not come by themselves.
        package var fetched = 0
        package var applied = 0
        /// Charges and refunds that were asked about, and those that are known now.
        package var asked = 0
        package var settled = 0
        /// Payments that only the processor knew.
        package var adopted = 0
        /// Tokens that processors have forgotten.
        package var forgotten = 0
        /// Processors whose payments or messages could not be read: nothing may be sent there.
        package var unread: [String] = []

        package var json: JSON {
            [
                "fetched": .integer(Int64(fetched)), "applied": .integer(Int64(applied)),
                "asked": .integer(Int64(asked)), "settled": .integer(Int64(settled)),
                "adopted": .integer(Int64(adopted)), "forgotten": .integer(Int64(forgotten)),
                "unread": .array(unread.map { .string($0) }),
            ]
        }
    }

    /// What waits to be applied or asked about.
    package struct Due: Hashable, Sendable {
        package let messages: Int
        package let charges: Int
        package let refunds: Int

        package var json: JSON {
            [
                "messages": .integer(Int64(messages)), "charges": .integer(Int64(charges)),
                "refunds": .integer(Int64(refunds)),
            ]
        }
    }

    /// Returns what a run would process now, without asking anybody.
    package static func due(in context: Context) async throws -> Due {
        let now = context.now
        return try await context.look { look in
            Due(
                messages: try look.store.waitingProcessorEvents(),
                charges: try look.store.charges(in: ChargeState.askedAbout, dueBy: now),
                refunds: try look.store.refunds(dueBy: now))
        }
    }

    /// Runs once over everything that is due. Throws Problem `.notPermitted` on a held book, or
    /// when a processor's clock differs from ours; ProcessorUnavailable when a released copy cannot
    /// read what was paid without it.
    package static func run(
        through processors: Processors, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "reconcile")
        try await context.beginRun()
        let reachable = try await processors.reachable(in: context)
        return try await pass(
            through: reachable, of: processors, in: context, progress: progress)
    }

    /// The same as part of a billing run, with the processors that can be reached.
    static func pass(
        through processors: Processors, of all: Processors, in context: Context,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> Summary {
        var summary = Summary()
        // 1. Before the first use of a processor, learn what was paid without this copy.
        try await FirstUse.demand(of: processors, in: context)
        for processor in processors.all {
            let failure: String?
            do {
                summary.adopted += try await AdoptPayments.beforeFirstUse(
                    at: processor, in: context)
                // 2. Fetch what the processor has told meanwhile.
                let fetched = try await FetchMessages.run(from: processor, in: context)
                summary.fetched += fetched.count
                failure = fetched.failure
            } catch let error as ProcessorUnavailable {
                failure = error.reason
            }
            guard let failure else {
                try await context.resolve(.messagesNotRead, processor.name)
                continue
            }
            summary.unread.append(processor.name)
            context.log(
                .warning, "a processor's payments or messages could not be read",
                ["processor": "\(processor.name)", "reason": "\(failure)"])
            try await context.change {
                try $0.attention.raise(.messagesNotRead, processor.name, failure)
            }
        }
        summary.applied = try await ApplyProcessorEvents.run(through: processors, in: context)
            .applied
        // 3. Ask once about each charge in doubt whose time has come.
        var last: Charge?
        let now = context.now
        while true {
            let after = last
            let charges = try await context.look { look in
                try look.store.charges(
                    in: ChargeState.askedAbout, toStepBy: now, after: after, limit: batchSize)
            }
            guard let end = charges.last else { break }
            last = end
            for charge in charges {
                let inquiry = ChargeInquiry(
                    charge: charge, processors: processors, all: all, context: context)
                let known = try await context.settingAside(charge.id.text) {
                    try await inquiry.run()
                }
                guard let known, let isSettled = known else { continue }
                summary.asked += 1
                if isSettled { summary.settled += 1 }
                progress(summary.asked)
            }
        }
        // 4. The same for refunds, but not where a refund of the other side may be unknown here.
        let unread = Set(summary.unread)
        let read = Processors(processors.all.filter { !unread.contains($0.name) })
        let refunds = try await RefundInquiry.run(through: read, in: context)
        summary.asked += refunds.asked
        summary.settled += refunds.settled
        // 5. Have the tokens of erased people forgotten.
        summary.forgotten = try await ForgetTokens.run(through: processors, in: context)
        context.log(.info, "charges reconciled", summary.json)
        return summary
    }

    private static let batchSize = 100
}
