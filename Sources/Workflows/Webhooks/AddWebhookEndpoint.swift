import MainstayWebhooks
import Pledging
import Store

/// The newsroom names an address of its own that is told of events. Its secret is shown this once.
package enum AddWebhookEndpoint {
    package static func run(
        url: String, events: [String], allowsHTTP: Bool, allowsPrivate: Bool, in context: Context
    ) async throws -> RevealedEndpoint {
        let url = try WebhookRules.url(url, allowsHTTP: allowsHTTP, allowsPrivate: allowsPrivate)
        let filters = try WebhookRules.filters(events)
        let secret = try WebhookSecret.fresh().text
        let now = context.now
        let endpoint = WebhookEndpoint(
            id: try context.id(at: now), url: url, events: filters, allowsHTTP: allowsHTTP,
            allowsPrivate: allowsPrivate, secrets: [WebhookEndpoint.Secret(text: secret)],
            createdAt: now)
        return try await context.book.write { transaction in
            guard try transaction.webhookEndpoints().count < WebhookRules.endpointMaximum else {
                throw Problem(
                    .conflict,
                    "there are \(WebhookRules.endpointMaximum) endpoints already; remove one")
            }
            try transaction.insert(endpoint)
            return RevealedEndpoint(endpoint: endpoint, secret: secret)
        }
    }
}
