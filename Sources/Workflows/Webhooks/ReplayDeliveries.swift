package import Pledging
import Store

/// Sends events again, to one endpoint: the one of a delivery, all of a time, or those of a time
/// that were given up. A replay says nothing of the endpoint's health.
package enum ReplayDeliveries {
    /// Returns how many were queued: one.
    package static func one(_ id: ID<Delivery>, in context: Context) async throws -> Int {
        let now = context.now
        return try await context.book.write { transaction in
            guard let delivery = try transaction.delivery(id) else {
                throw Problem.noSuch("delivery", id.text)
            }
            try transaction.replay(
                delivery.eventID, to: delivery.endpointID, id: context.id(at: now), at: now)
            return 1
        }
    }

    /// Events from `since` to before `until` that the endpoint listens to, delivered before or not;
    /// with `onlyFailed`, those whose delivery is dead. Returns how many were queued.
    package static func range(
        to id: ID<WebhookEndpoint>, since: Instant, until: Instant?, onlyFailed: Bool,
        in context: Context
    ) async throws -> Int {
        let now = context.now
        let until = until ?? now.adding(milliseconds: 1)
        guard since < until else {
            throw Problem(.invalid, field: "since", "must be before the end of the range")
        }
        let endpoint = try await context.book.read { try $0.existingEndpoint(id) }
        var total = 0
        // Ids begin with the time of their event: what came before need not be read.
        let first = uuidVersion7(at: since, random: 0)
        var last = onlyFailed ? ID<Delivery>(bits: first).text : ID<Event>(bits: first).text
        while true {
            let after = last
            let page = try await context.book.write { transaction -> Page in
                let page =
                    try onlyFailed
                    ? failed(transaction, id, since, until, after)
                    : events(transaction, endpoint, since, until, after)
                for event in page.events {
                    try transaction.replay(event, to: id, id: context.id(at: now), at: now)
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
        _ transaction: Transaction, _ endpoint: ID<WebhookEndpoint>, _ since: Instant,
        _ until: Instant, _ after: String
    ) throws -> Page {
        let dead = try transaction.deliveries(
            to: endpoint, state: .dead, since: since, until: until, after: after, limit: pageSize)
        // One that was replayed in vain is dead twice, and an event is wanted once.
        let ids = dead.filter { !$0.delivery.isReplay }.map(\.delivery.eventID)
        return Page(events: ids, last: dead.last?.delivery.id.text)
    }

    private static func events(
        _ transaction: Transaction, _ endpoint: WebhookEndpoint, _ since: Instant,
        _ until: Instant, _ after: String
    ) throws -> Page {
        let found = try transaction.events(
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
