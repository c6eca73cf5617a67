import MainstayWebhooks
import Pledging
import Store

/// The newsroom names an address of its own that is told of events. Its secret is shown this once.
package enum AddWebhookEndpoint {
    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = WebhookRules.fields

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
