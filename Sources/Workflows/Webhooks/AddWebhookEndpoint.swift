import MainstayWebhooks
import Pledging
import Store

/// Adds a webhook endpoint, a URL that gets events. Its secret is shown only this once.
package enum AddWebhookEndpoint {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = WebhookRules.fields

    /// Returns the endpoint with its secret. Throws Problem: `.invalid` for a URL or filters that
    /// break a rule, `.conflict` when there are too many endpoints.
    package static func run(
        url: String, events: [String], allowsHTTP: Bool, allowsPrivate: Bool, in context: Context
    ) async throws -> RevealedEndpoint {
        let url = try WebhookRules.url(url, allowsHTTP: allowsHTTP, allowsPrivate: allowsPrivate)
        let filters = try WebhookRules.filters(events)
        let secret = try WebhookSecret.fresh().text
        return try await context.answer { change in
            guard try change.store.webhookEndpoints().count < WebhookRules.endpointMaximum else {
                throw Problem(
                    .conflict,
                    "there are \(WebhookRules.endpointMaximum) endpoints already; remove one")
            }
            let endpoint = WebhookEndpoint(
                id: try change.id(), url: url, events: filters, allowsHTTP: allowsHTTP,
                allowsPrivate: allowsPrivate, secrets: [WebhookEndpoint.Secret(text: secret)],
                createdAt: change.now)
            try change.store.insert(endpoint)
            return RevealedEndpoint(endpoint: endpoint, secret: secret)
        }
    }
}
