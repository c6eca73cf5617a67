import MainstayWebhooks
package import Pledging
import Store

/// Gives an endpoint a new secret. The old one also signs for a while, so that the receiver can
/// change over without losing a delivery. The new secret is shown only this once.
package enum RotateWebhookSecret {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [.overlapHours]

    /// Returns the endpoint with its new secret. Throws Problem: `.invalid` for an overlap out of
    /// range, `.notFound` for an unknown endpoint.
    package static func run(
        _ id: ID<WebhookEndpoint>, overlapHours: Int, in context: Context
    ) async throws -> RevealedEndpoint {
        guard (0...overlapMaximumHours).contains(overlapHours) else {
            throw Problem(
                .invalid, field: .overlapHours, "must be 0 to \(overlapMaximumHours)")
        }
        let secret = try WebhookSecret.fresh().text
        return try await context.answer { change in
            var endpoint = try change.existing(id)
            let ends = change.now.adding(hours: Int64(overlapHours))
            let live = endpoint.secrets.compactMap { old -> WebhookEndpoint.Secret? in
                let expiresAt = min(old.expiresAt ?? ends, ends)
                return expiresAt > change.now ? .init(text: old.text, expiresAt: expiresAt) : nil
            }
            endpoint.secrets =
                [.init(text: secret)] + live.prefix(WebhookEndpoint.secretMaximum - 1)
            endpoint.version += 1
            try change.store.update(endpoint, at: change.now)
            return RevealedEndpoint(endpoint: endpoint, secret: secret)
        }
    }

    package static let overlapStandardHours = 24
    private static let overlapMaximumHours = 24 * 30
}
