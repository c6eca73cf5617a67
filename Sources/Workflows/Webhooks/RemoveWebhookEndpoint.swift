package import Pledging
import Store

/// Removes an endpoint with its secrets and all its deliveries.
package enum RemoveWebhookEndpoint {
    /// Returns the endpoint as it was. Throws Problem `.notFound` for an unknown one.
    package static func run(
        _ id: ID<WebhookEndpoint>, in context: Context
    ) async throws -> WebhookEndpoint {
        try await context.answer { change in
            let endpoint = try change.existing(id)
            try change.store.deleteWebhookEndpoint(id)
            try change.attention.resolve(.endpointDisabled, id.text)
            return endpoint
        }
    }
}
