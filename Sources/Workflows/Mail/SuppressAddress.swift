package import Pledging
import Store

/// Stops mail to an address. Only its keyed hash is stored.
package enum SuppressAddress {
    /// Throws Problem `.invalid` when `email` is not an address.
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
