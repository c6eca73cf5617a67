package import Pledging
import Store

/// Looks for what needs a person of the newsroom: opens an attention for each cause that is new,
/// resolves those whose cause is gone, and tells the operator by mail.
package enum CheckAttention {
    package struct Summary: Hashable, Sendable {
        /// Open at the end.
        package var open = 0
        package var resolved = 0
        /// In the mail to the operator that was queued; 0 if none was.
        package var told = 0

        package var json: JSON {
            [
                "open": .integer(Int64(open)), "resolved": .integer(Int64(resolved)),
                "told": .integer(Int64(told)),
            ]
        }
    }

    package static func run(in context: Context) async throws -> Summary {
        let context = context.acting(as: "attention")
        let isHeld = try await context.isHeld()
        // Most runs find nothing to do: a read costs the writers nothing.
        let known = try await context.look { try AttentionCauses($0, isHeld: isHeld) }
        let mayTell = !isHeld && context.settings.mailOperator != nil
        guard known.needsWrite(mayTell: mayTell) else { return Summary(open: known.open.count) }
        return try await context.change { change in
            // 1. Causes.
            var summary = Summary()
            let causes = try AttentionCauses(change, isHeld: isHeld)
            for cause in causes.present {
                try change.attention.raise(cause.kind, cause.subject, cause.detail)
            }
            for gone in causes.gone() {
                try change.attention.resolve(gone)
                summary.resolved += 1
            }
            // 2. The operator, if one is named. Nothing leaves a held copy.
            let open = try change.store.openAttentions(limit: Int.max)
            summary.open = open.count
            if mayTell, try tell(open, in: change) { summary.told = open.count }
            return summary
        }
    }

    /// Queues a mail with everything that is open, if some of it is new to the operator and the
    /// last mail is an hour old. Returns whether it did.
    private static func tell(_ open: [Attention], in change: Change) throws -> Bool {
        guard let new = open.first(where: { $0.toldAt == nil }) else { return false }
        if let last = try change.store.lastAttentionToldAt(),
            change.now < last.adding(seconds: mailPauseSeconds)
        {
            return false
        }
        try change.mails.queue(
            .attention(change.openAttentionLines()), to: nil, about: new.id.text, period: "1")
        try change.store.markTold(open.map(\.id), at: change.now)
        return true
    }

    private static let mailPauseSeconds: Int64 = 3_600
}
