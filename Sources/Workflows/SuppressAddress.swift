package import Pledging
import Store

/// An address that gets no mail. Only its keyed hash is kept.
package enum SuppressAddress {
    package static func add(
        _ email: String, _ scope: SuppressionScope, _ reason: SuppressionReason,
        in context: Context
    ) async throws {
        let hash = try context.book.keys.emailHash(try FieldRules.email(email))
        let now = context.now
        try await context.book.write { transaction in
            try transaction.suppress(hash, scope, reason, at: now)
        }
    }

    /// Lifts what staff, a bounce or a complaint put there. An opt-out is for good: only a link
    /// followed from that mailbox lifts it.
    package static func remove(_ email: String, in context: Context) async throws {
        let hash = try context.book.keys.emailHash(try FieldRules.email(email))
        try await context.book.write { transaction in
            guard let found = try transaction.suppression(of: hash) else {
                throw Problem(.notFound, field: "email", "this address is not suppressed")
            }
            guard found.reason != .optOut else {
                throw Problem(
                    .notPermitted, field: "email",
                    "the reader opted out; only a link followed from that mailbox lifts it")
            }
            try transaction.liftSuppression(hash)
        }
    }
}
