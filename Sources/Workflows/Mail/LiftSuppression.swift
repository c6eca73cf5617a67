package import Pledging
import Store

/// Lets an address get mail again: lifts what staff, a bounce or a complaint suppressed. An opt-out
/// stays; only a link followed from that mailbox lifts it.
package enum LiftSuppression {
    /// Returns what is still suppressed. Throws Problem: `.notFound` when nothing was,
    /// `.notPermitted` when there is only the reader's opt-out.
    package static func run(
        _ email: String, in context: Context
    ) async throws -> SuppressionScope? {
        let address = try InputRules.email(email)
        return try await context.change { change in
            let found = try change.store.suppressions(of: address)
            guard !found.isEmpty else {
                throw Problem(.notFound, field: .email, "this address is not suppressed")
            }
            let ours = found.filter { $0.reason != .optOut }
            guard !ours.isEmpty else {
                throw Problem(
                    .notPermitted, field: .email,
                    "the reader opted out; only a link in a mail to the reader lifts it")
            }
            for row in ours {
                try change.store.liftSuppression(key: row.emailHash, row.reason)
            }
            return try change.store.suppression(of: address)
        }
    }
}
