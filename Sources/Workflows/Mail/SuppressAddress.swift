package import Pledging
import Store

/// An address gets no mail from now on. Only its keyed hash is kept.
package enum SuppressAddress {
    package static func run(
        _ email: String, _ scope: SuppressionScope, _ reason: SuppressionReason,
        in context: Context
    ) async throws {
        let address = try InputRules.email(email)
        try await context.change { change in
            let key = try change.store.suppressionKey(of: address)
            try change.store.suppress(key: key, scope, reason, at: change.now)
        }
    }
}
