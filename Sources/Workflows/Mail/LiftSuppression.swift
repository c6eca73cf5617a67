package import Pledging
import Store

/// An address may get mail again: lifts what staff, a bounce or a complaint put there. An opt-out
/// is for good: only a link followed from that mailbox lifts it.
package enum LiftSuppression {
    /// Returns what still stands against the address.
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
                    "the reader opted out; only a link followed from that mailbox lifts it")
            }
            for row in ours {
                try change.store.liftSuppression(key: row.emailHash, row.reason)
            }
            return try change.store.suppression(of: address)
        }
    }
}
