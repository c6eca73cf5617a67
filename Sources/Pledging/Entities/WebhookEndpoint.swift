/// An address of the newsroom's own that is told of events.
package struct WebhookEndpoint: Identified, Hashable, Sendable {
    package static let idPrefix = "whe"

    package let id: ID<WebhookEndpoint>
    /// Stored sealed, for it may hold a password or a token.
    package var url: String
    package var events: [EventFilter]
    /// Whether deliveries may go unencrypted.
    package var allowsHTTP: Bool
    /// Whether the address may be one of the newsroom's own network.
    package var allowsPrivate: Bool
    package var state: WebhookEndpointState
    /// What signs deliveries, newest first, as `whsec_…`; stored sealed.
    package var secrets: [Secret]
    /// Since when every attempt has failed; nil while they succeed.
    package var failingSince: Instant?
    package var version: Int64
    package let createdAt: Instant

    package struct Secret: Hashable, Sendable {
        package let text: String
        /// From when it signs no more; nil for the newest.
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

    /// The secrets that sign at that moment, newest first.
    package func secrets(at now: Instant) -> [String] {
        secrets.filter { $0.expiresAt.map { $0 > now } ?? true }.map(\.text)
    }

    /// Rotated more often than their overlaps end, the oldest secret goes.
    package static let secretMaximum = 4

    /// Days of nothing but failure after which an endpoint is disabled.
    package static let failingDaysMaximum: Int64 = 5

    /// For events: no address, no secret.
    package func eventData(reason: String) -> JSON {
        .members([
            "webhook_endpoint_id": .string(id.text), "state": .string(state.rawValue),
            "reason": .string(reason),
        ])
    }
}

package enum WebhookEndpointState: String, CaseIterable, Sendable { case enabled, disabled }

/// Which events are wanted: a type, with `*` for a whole segment; `*` alone is every event.
package struct EventFilter: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Nil unless it names a subject that has, or will have, events: `pledge.*`, `*.cancelled`.
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
    /// Whether any of them wants this type.
    package func match(_ type: EventType) -> Bool { contains { $0.matches(type) } }
}
