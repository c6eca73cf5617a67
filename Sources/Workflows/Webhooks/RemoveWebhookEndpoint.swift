package import Pledging
import Store

/// An endpoint goes, with its secret and everything that was, or would have been, sent there.
package enum RemoveWebhookEndpoint {
    /// Returns it as it was.
    package static func run(
        _ id: ID<WebhookEndpoint>, in context: Context
    ) async throws -> WebhookEndpoint {
        try await context.answer { change in
            let endpoint = try change.existing(id)
            try change.store.deleteWebhookEndpoint(id)
            return endpoint
        }
    }
}
