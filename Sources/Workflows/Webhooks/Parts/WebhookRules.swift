import Pledging
import Store
import Webhooks

/// The rules for an endpoint's URL and filters.
enum WebhookRules {
    /// The fields that their Problems may name.
    static let fields: Set<Problem.Field> = [.url, .events]

    static func url(
        _ text: String, allowsHTTP: Bool, allowsPrivate: Bool
    ) throws(Problem) -> String {
        guard let url = try InputRules.optional(text, .url, maximumBytes: 2_048) else {
            throw Problem(.invalid, field: .url, "is empty; give the receiver's address")
        }
        let target: WebhookTarget
        do throws(WebhookTarget.Problem) {
            target = try WebhookTarget(url, allowsHTTP: allowsHTTP)
        } catch {
            throw Problem(.invalid, field: .url, error.description)
        }
        // The addresses of a host name are checked at every attempt.
        if let address = target.address,
            let refusal = AddressGuard.refusal(of: address, allowsPrivate: allowsPrivate)
        {
            throw Problem(.invalid, field: .url, refusal.description)
        }
        return url
    }

    /// Parses filters; none mean every event. Throws Problem `.invalid` for one that matches no
    /// event.
    static func filters(_ texts: [String]) throws(Problem) -> [EventFilter] {
        guard texts.count <= filterMaximum else {
            throw Problem(.invalid, field: .events, "has more than \(filterMaximum) filters")
        }
        var filters: [EventFilter] = []
        for text in texts {
            guard let filter = EventFilter(text) else {
                throw Problem(
                    .invalid, field: .events,
                    "matches no event; write it like pledge.*, *.cancelled or charge.succeeded")
            }
            filters.append(filter)
        }
        return filters.isEmpty ? [.all] : filters
    }

    /// Endpoints, at most: every event is matched against each of them.
    static let endpointMaximum = 20
    private static let filterMaximum = 40
}

/// Writes a webhook endpoint's changes.
struct EndpointMoves {
    let change: Change

    /// Disables an endpoint until somebody enables it again. Deliveries that wait are kept.
    func disable(
        _ endpoint: WebhookEndpoint, because reason: String
    ) throws -> WebhookEndpoint {
        guard endpoint.state == .enabled else { return endpoint }
        var disabled = endpoint
        disabled.state = .disabled
        disabled.version += 1
        try change.store.update(disabled, at: change.now)
        try change.emit(.webhookEndpointDisabled, disabled, because: reason)
        return disabled
    }
}

extension Change {
    var endpoints: EndpointMoves { EndpointMoves(change: self) }
}
