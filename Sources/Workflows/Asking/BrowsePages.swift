package import Pledging
package import Store

/// Lists for doors that hand out a page at a time: what comes after the id `last`, oldest first,
/// at most `limit` of it.
extension BrowseBook {
    package static func supporters(
        after last: String, limit: Int, in context: Context
    ) async throws -> [Supporter] {
        try await context.book.read { try $0.supporters(after: last, limit: limit) }
    }

    package static func pledges(
        state: PledgeState?, after last: String, limit: Int, in context: Context
    ) async throws -> [Pledge] {
        try await context.book.read { try $0.pledges(state: state, after: last, limit: limit) }
    }

    package static func paymentMethods(
        after last: String, limit: Int, in context: Context
    ) async throws -> [PaymentMethod] {
        try await context.book.read { try $0.paymentMethods(after: last, limit: limit) }
    }

    package static func charges(
        state: ChargeState?, pledge: ID<Pledge>?, after last: String, limit: Int,
        in context: Context
    ) async throws -> [Charge] {
        try await context.book.read {
            try $0.charges(state: state, pledge: pledge, after: last, limit: limit)
        }
    }

    package static func reminders(
        state: ReminderState?, dueBefore: Instant?, after last: String, limit: Int,
        in context: Context
    ) async throws -> [Reminder] {
        try await context.book.read {
            try $0.reminders(state: state, dueBefore: dueBefore, after: last, limit: limit)
        }
    }

    package static func deliveries(
        to endpoint: ID<WebhookEndpoint>?, state: DeliveryState?, since: Instant?,
        after last: String, limit: Int, in context: Context
    ) async throws -> [StoredDelivery] {
        try await context.book.read {
            try $0.deliveries(
                to: endpoint, state: state, since: since ?? Instant(milliseconds: 0),
                until: Instant(milliseconds: .max), after: last, limit: limit)
        }
    }

    package static func events(
        type: EventType?, subjectID: String?, since: Instant?, after last: String, limit: Int,
        in context: Context
    ) async throws -> [StoredEvent] {
        try await context.book.read {
            try $0.events(
                type: type, subjectID: subjectID, since: since ?? Instant(milliseconds: 0),
                after: last, limit: limit)
        }
    }
}
