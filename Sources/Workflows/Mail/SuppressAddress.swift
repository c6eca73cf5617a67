package import Pledging
import Store

/// An address that gets no mail. Only its keyed hash is kept.
package enum SuppressAddress {
    package static func add(
        _ email: String, _ scope: SuppressionScope, _ reason: SuppressionReason,
        in context: Context
    ) async throws {
        let address = try InputRules.email(email)
        let now = context.now
        try await context.book.write { transaction in
            let file = try transaction.file(on: address)
            try transaction.suppress(file: file, scope, reason, at: now)
        }
    }

    /// Lifts what staff, a bounce or a complaint put there. An opt-out is for good: only a link
    /// followed from that mailbox lifts it. Returns what still stands against the address.
    package static func remove(
        _ email: String, in context: Context
    ) async throws -> SuppressionScope? {
        let address = try InputRules.email(email)
        return try await context.book.write { transaction in
            let found = try transaction.suppressions(of: address)
            guard !found.isEmpty else {
                throw Problem(.notFound, field: "email", "this address is not suppressed")
            }
            let ours = found.filter { $0.reason != .optOut }
            guard !ours.isEmpty else {
                throw Problem(
                    .notPermitted, field: "email",
                    "the reader opted out; only a link followed from that mailbox lifts it")
            }
            for row in ours {
                try transaction.liftSuppression(file: row.emailHash, row.reason)
            }
            return try transaction.suppression(of: address)
        }
    }
}
