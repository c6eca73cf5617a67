package import Pledging
import Store

/// An endpoint changes: its address, what it listens to, what it may be, whether it is on.
package enum UpdateWebhookEndpoint {
    /// What is to change; nil leaves it as it is.
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

    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = WebhookRules.fields

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
            }
            if changed != endpoint {
                changed.version += 1
                try change.store.update(changed, at: change.now)
            }
            guard wish.state == .disabled else { return changed }
            return try change.endpoints.disable(
                changed, because: "disabled by hand", tellsOperator: false)
        }
    }
}
