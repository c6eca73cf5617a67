package import Pledging
import Store

/// An endpoint changes: its address, what it listens to, what it may be, whether it is on.
package enum UpdateWebhookEndpoint {
    /// What is to change; nil leaves it as it is.
    package struct Change: Sendable {
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

    package static func run(
        _ id: ID<WebhookEndpoint>, _ change: Change, in context: Context
    ) async throws -> WebhookEndpoint {
        let now = context.now
        return try await context.book.write { transaction in
            let endpoint = try transaction.existingEndpoint(id)
            var changed = endpoint
            if let allows = change.allowsHTTP { changed.allowsHTTP = allows }
            if let allows = change.allowsPrivate { changed.allowsPrivate = allows }
            changed.url = try WebhookRules.url(
                change.url ?? endpoint.url, allowsHTTP: changed.allowsHTTP,
                allowsPrivate: changed.allowsPrivate)
            if let events = change.events { changed.events = try WebhookRules.filters(events) }
            if change.state == .enabled {
                changed.state = .enabled
                changed.failingSince = nil
            }
            if changed != endpoint {
                changed.version += 1
                try transaction.update(changed, at: now)
            }
            guard change.state == .disabled else { return changed }
            return try transaction.disable(
                changed, because: "disabled by hand", tellsOperator: false, in: context, at: now)
        }
    }
}
