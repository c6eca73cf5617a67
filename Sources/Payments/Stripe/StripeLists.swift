import Foundation
package import Pledging

extension StripeProcessor {
    /// Stripe keeps events for 30 days and lists the newest first. If Stripe has forgotten the
    /// cursor, the list begins again at `since`.
    package func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage {
        do {
            if let cursor, let page = try await messages(after: cursor) { return page }
            return try await oldestMessages(since: since)
        } catch {
            throw error.unavailable
        }
    }

    package func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage {
        do {
            let page: StripeList<StripeIntent> = try await client.call(
                .get(
                    "payment_intents",
                    [
                        "created[gte]": String(since.secondsRoundedUp),
                        "created[lt]": String(until.secondsRoundedUp),
                        "limit": String(Self.pageSize), "starting_after": cursor,
                        "expand[]": "data.\(Self.expanded)",
                    ]))
            var records: [PaymentRecord] = []
            for intent in page.data {
                guard let reference = StripeMetadata.reference(intent.metadata, of: bookID),
                    let amount = intent.money
                else { continue }
                records.append(
                    PaymentRecord(
                        reference: reference, amount: amount, answer: intent.answer(),
                        refundedMinor: try await refundedMinor(intent), madeAt: intent.madeAt))
            }
            return PaymentPage(
                payments: records, cursor: page.hasMore == true ? page.data.last?.id : nil)
        } catch {
            throw error.unavailable
        }
    }

    /// Returns the page of events next after the cursor; nil if Stripe no longer has the cursor.
    private func messages(after cursor: String) async throws(StripeError) -> MessagePage? {
        do {
            let page = try await events(["ending_before": cursor])
            return try page.messages(cursor: cursor, isLast: !page.hasMore)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Returns the page with the oldest messages. It halves the time span until it fits a page, so
    /// that a busy month costs about twenty calls instead of one for each of its pages.
    private func oldestMessages(since: Instant) async throws(StripeError) -> MessagePage {
        var from = since.secondsRoundedUp
        var page = try await events(["created[gte]": String(from)])
        let isLast = !page.hasMore
        guard page.hasMore, let newest = page.events.first?.created else {
            return try page.messages(cursor: nil, isLast: true)
        }
        var until = newest + 1
        while page.hasMore, until - from > 1 {
            let middle = from + (until - from) / 2
            let lower = try await events(Self.span(from, middle))
            if lower.events.isEmpty {
                from = middle
            } else {
                until = middle
                page = lower
            }
        }
        // One second holds more than a page.
        while page.hasMore, let last = page.events.last {
            var form = Self.span(from, until)
            form.add("starting_after", last.id)
            page = try await events(form)
        }
        return try page.messages(cursor: nil, isLast: isLast)
    }

    private static func span(_ from: Int64, _ until: Int64) -> HTTPForm {
        ["created[gte]": String(from), "created[lt]": String(until)]
    }

    private func events(_ form: HTTPForm) async throws(StripeError) -> StripeEventPage {
        var form = form
        form.add("limit", String(Self.pageSize))
        for type in Self.eventTypes { form.add("types[]", type) }
        let answer = try await client.send(.get("events", form))
        guard let list = StripeClient.decoded(StripeList<StripeEvent>.self, answer.body) else {
            throw .silent("Stripe's answer could not be read")
        }
        return StripeEventPage(
            events: list.data, hasMore: list.hasMore == true, body: answer.body)
    }

    /// Returns what was refunded or lost in disputes, in minor units. A charge names no dispute, so
    /// they are requested if it had one.
    private func refundedMinor(_ intent: StripeIntent) async throws(StripeError) -> Int64 {
        guard let charge = intent.charge, let currency = intent.currency else { return 0 }
        var units = charge.amountRefunded ?? 0
        if charge.disputed == true {
            let disputes: StripeList<StripeDispute> = try await client.call(
                .get("disputes", ["payment_intent": intent.id, "limit": String(Self.pageSize)]))
            for dispute in disputes.data
            where dispute.state == .lost && dispute.currency == currency {
                units += dispute.amount ?? 0
            }
        }
        return StripeAmount.minor(units: units, currency: currency.uppercased()) ?? 0
    }
}

/// A page of events, newest first, with the bytes that it was decoded from.
private struct StripeEventPage {
    let events: [StripeEvent]
    let hasMore: Bool
    let body: [UInt8]

    /// Returns the messages, oldest first, each with its own JSON.
    func messages(cursor: String?, isLast: Bool) throws(StripeError) -> MessagePage {
        guard let list = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
            let items = list["data"] as? [[String: Any]], items.count == events.count
        else { throw .silent("Stripe's answer could not be read") }
        var messages: [InboundMessage] = []
        for (event, item) in zip(events, items).reversed() {
            guard
                let bytes = try? JSONSerialization.data(
                    withJSONObject: item, options: [.sortedKeys])
            else { throw .silent("Stripe's answer could not be read") }
            messages.append(InboundMessage(remoteID: event.id, body: Array(bytes)))
        }
        return MessagePage(
            messages: messages, cursor: events.first?.id ?? cursor, isLast: isLast)
    }
}

extension Instant {
    /// The first whole second at or after it: Stripe's times have no fractions.
    var secondsRoundedUp: Int64 {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        return rest > 0 ? seconds + 1 : seconds
    }
}
