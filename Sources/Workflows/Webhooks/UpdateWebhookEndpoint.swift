package import Pledging
import Store

/// Changes an endpoint: its URL, its filters, what targets it may have, whether it is enabled.
package enum UpdateWebhookEndpoint {
    /// The changes; nil leaves a value as it is.
    package struct Wish: Sendable {
        package var url: String?
        package var events: [String]?
        package var allowsHTTP: Bool?
        package var allowsPrivate: Bool?
        package var state: WebhookEndpointState?

        package init(
            url: String? = nil, events: [String]? = nil, allowsHTTP: Bool? = nil,
            allowsPrivate: Bool? = nil, state: WebhookEndpointState? = nil
        ) {
            self.url = url
            self.events = events
            self.allowsHTTP = allowsHTTP
            self.allowsPrivate = allowsPrivate
            self.state = state
        }
    }

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = WebhookRules.fields

    /// Returns the endpoint afterwards. Throws Problem: `.invalid` for a URL or filters that break
    /// a rule, `.notFound` for an unknown endpoint.
    package static func run(
        _ id: ID<WebhookEndpoint>, _ wish: Wish, in context: Context
    ) async throws -> WebhookEndpoint {
        try await context.answer { change in
            let endpoint = try change.existing(id)
            var changed = endpoint
            if let allows = wish.allowsHTTP { changed.allowsHTTP = allows }
            if let allows = wish.allowsPrivate { changed.allowsPrivate = allows }
            changed.url = try WebhookRules.url(
                wish.url ?? endpoint.url, allowsHTTP: changed.allowsHTTP,
                allowsPrivate: changed.allowsPrivate)
            if let events = wish.events { changed.events = try WebhookRules.filters(events) }
            if wish.state == .enabled {
                changed.state = .enabled
                changed.failingSince = nil
                try change.attention.resolve(.endpointDisabled, id.text)
            }
            if changed != endpoint {
                changed.version += 1
                try change.store.update(changed, at: change.now)
            }
            guard wish.state == .disabled else { return changed }
            return try change.endpoints.disable(
                changed, because: "disabled by hand")
        }
    }
}
