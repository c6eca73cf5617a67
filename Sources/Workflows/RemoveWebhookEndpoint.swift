package import Pledging
import Store

/// An endpoint goes, with its secret and everything that was, or would have been, sent there.
package enum RemoveWebhookEndpoint {
    package static func run(_ id: ID<WebhookEndpoint>, in context: Context) async throws {
        try await context.book.write { transaction in
            _ = try transaction.existingEndpoint(id)
            try transaction.deleteWebhookEndpoint(id)
        }
    }
}
