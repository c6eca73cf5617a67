/// A URL of the newsroom to which events are delivered.
package struct WebhookEndpoint: Identified, Hashable, Sendable {
    package static let idPrefix = "whe"

    package let id: ID<WebhookEndpoint>
    /// Stored sealed, because it may contain a password or a token.
    package var url: String
    package var events: [EventFilter]
    /// Whether deliveries may use plain HTTP.
    package var allowsHTTP: Bool
    /// Whether the URL may lead into the newsroom's own network.
    package var allowsPrivate: Bool
    package var state: WebhookEndpointState
    /// The secrets that sign deliveries, newest first, as `whsec_…`; stored sealed.
    package var secrets: [Secret]
    /// Since when every attempt has failed; nil while they succeed.
    package var failingSince: Instant?
    package var version: Int64
    package let createdAt: Instant

    package struct Secret: Hashable, Sendable {
        package let text: String
        /// The moment from which it no longer signs; nil for the newest.
        package var expiresAt: Instant?

        package init(text: String, expiresAt: Instant? = nil) {
            self.text = text
            self.expiresAt = expiresAt
        }
    }

    package init(
        id: ID<WebhookEndpoint>, url: String, events: [EventFilter], allowsHTTP: Bool = false,
        allowsPrivate: Bool = false, state: WebhookEndpointState = .enabled, secrets: [Secret],
        failingSince: Instant? = nil, version: Int64 = 1, createdAt: Instant
    ) {
        self.id = id
        self.url = url
        self.events = events
        self.allowsHTTP = allowsHTTP
        self.allowsPrivate = allowsPrivate
        self.state = state
        self.secrets = secrets
        self.failingSince = failingSince
        self.version = version
        self.createdAt = createdAt
    }

    /// Returns the secrets that sign at `now`, newest first.
    package func secrets(at now: Instant) -> [String] {
        secrets.filter { $0.expiresAt.map { $0 > now } ?? true }.map(\.text)
    }

    /// Maximum number of secrets. When they are rotated faster than they expire, the oldest is
    /// dropped.
    package static let secretMaximum = 4

    /// Days without a successful attempt after which an endpoint is disabled.
    package static let failingDaysMaximum: Int64 = 5

    /// The data of an event about the endpoint, without URL and secrets.
    package func eventData(reason: String) -> JSON {
        .members([
            "webhook_endpoint_id": .string(id.text), "state": .string(state.rawValue),
            "reason": .string(reason),
        ])
    }
}

package enum WebhookEndpointState: String, CaseIterable, Sendable { case enabled, disabled }

/// A filter of event types: a type in which `*` may stand for a whole segment. `*` alone matches
/// every event.
package struct EventFilter: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Returns nil unless `text` is `*` or two segments, the first of them `*` or a known subject:
    /// `pledge.*`, `*.cancelled`. The second may name an event that does not exist yet.
    package init?(_ text: String) {
        let segments = text.split(separator: ".", omittingEmptySubsequences: false)
        let isWord: (Substring) -> Bool = { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
        }
        let isFilter =
            segments.count == 2
            && (segments[0] == "*" || EventType.subjects.contains(String(segments[0])))
            && (segments[1] == "*" || isWord(segments[1]))
        guard text == "*" || isFilter, text.utf8.count <= EventFilter.maximumBytes else {
            return nil
        }
        description = text
    }

    /// Longer than any type of event.
    private static let maximumBytes = 48

    package static let all = EventFilter(unchecked: "*")
    private init(unchecked text: String) { description = text }

    package func matches(_ type: EventType) -> Bool {
        if description == "*" { return true }
        let wanted = description.split(separator: ".", omittingEmptySubsequences: false)
        let segments = type.rawValue.split(separator: ".")
        return wanted.count == segments.count
            && zip(wanted, segments).allSatisfy { $0 == "*" || $0 == $1 }
    }
}

extension [EventFilter] {
    /// Returns whether any of the filters matches `type`.
    package func match(_ type: EventType) -> Bool { contains { $0.matches(type) } }
}
