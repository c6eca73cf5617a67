package import Pledging
import Store

/// Sends events to an endpoint again: the event of one delivery, all events of a time, or those of
/// a time whose delivery was given up. A replay does not affect the endpoint's health.
package enum ReplayDeliveries {
    package enum Wish: Sendable {
        case delivery(ID<Delivery>)
        case range(Range)
    }

    /// Events from `since` until before `until` (nil is now) that the endpoint listens to,
    /// delivered before or not; with `onlyFailed`, only those whose delivery is dead.
    package struct Range: Sendable {
        package let endpoint: ID<WebhookEndpoint>
        package let since: Instant
        package let until: Instant?
        package let onlyFailed: Bool

        /// The fields that its Problems may name.
        package static let fields: Set<Problem.Field> = [.since]

        package init(
            endpoint: ID<WebhookEndpoint>, since: Instant, until: Instant?, onlyFailed: Bool
        ) {
            self.endpoint = endpoint
            self.since = since
            self.until = until
            self.onlyFailed = onlyFailed
        }
    }

    /// Returns how many deliveries were queued. Throws Problem: `.notFound` for an unknown delivery
    /// or endpoint, `.invalid` when `since` is not before the end.
    package static func run(_ wish: Wish, in context: Context) async throws -> Int {
        switch wish {
        case .delivery(let id):
            try await context.change { change in
                guard let delivery = try change.store.delivery(id) else {
                    throw Problem.noSuch("delivery", id.text)
                }
                try change.store.replay(
                    delivery.eventID, to: delivery.endpointID, id: change.id(), at: change.now)
                return 1
            }
        case .range(let range): try await replay(range, in: context)
        }
    }

    private static func replay(_ range: Range, in context: Context) async throws -> Int {
        let id = range.endpoint
        let now = context.now
        let (since, until) = (range.since, range.until ?? now.adding(milliseconds: 1))
        guard since < until else {
            throw Problem(.invalid, field: .since, "must be before the end of the range")
        }
        let endpoint = try await context.look { try $0.existing(id) }
        var total = 0
        // Ids begin with the time of their event, so earlier rows need not be read.
        let first = uuidVersion7(at: since, random: 0)
        var last = range.onlyFailed ? ID<Delivery>(bits: first).text : ID<Event>(bits: first).text
        while true {
            let after = last
            let page = try await context.change(at: now) { change -> Page in
                let page =
                    try range.onlyFailed
                    ? failed(change, id, since, until, after)
                    : events(change, endpoint, since, until, after)
                for event in page.events {
                    try change.store.replay(event, to: id, id: change.id(), at: change.now)
                }
                return page
            }
            total += page.events.count
            guard let end = page.last else { return total }
            last = end
        }
    }

    private struct Page: Sendable {
        let events: [ID<Event>]
        /// Where the next page begins; nil after the last.
        let last: String?
    }

    private static func failed(
        _ change: Change, _ endpoint: ID<WebhookEndpoint>, _ since: Instant,
        _ until: Instant, _ after: String
    ) throws -> Page {
        let dead = try change.store.deliveries(
            to: endpoint, state: .dead, since: since, until: until, after: after, limit: pageSize)
        // A replay that failed is a second dead delivery of its event, which is sent once.
        let ids = dead.filter { !$0.delivery.isReplay }.map(\.delivery.eventID)
        return Page(events: ids, last: dead.last?.delivery.id.text)
    }

    private static func events(
        _ change: Change, _ endpoint: WebhookEndpoint, _ since: Instant,
        _ until: Instant, _ after: String
    ) throws -> Page {
        let found = try change.store.events(
            type: nil, subjectID: nil, since: since, after: after, limit: pageSize)
        let wanted = found.filter { event in
            event.at < until
                && EventType(rawValue: event.type).map(endpoint.events.match) == true
        }
        return Page(
            events: try wanted.map { try ID(parsing: $0.id) }, last: found.last?.id)
    }

    private static let pageSize = 500
}
