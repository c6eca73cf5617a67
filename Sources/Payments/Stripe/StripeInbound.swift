package import Pledging

extension StripeProcessor {
    /// Verifies the bytes as they arrived; nothing may have decoded them before.
    package func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage {
        guard let signature else { throw .wrongSignature }
        try signature.check(body, headers: headers, at: now)
        guard let event = StripeClient.decoded(StripeEvent.self, body), event.object == "event"
        else { throw .malformed }
        guard (event.livemode ?? false) == (mode == .live) else { throw .wrongMode }
        return InboundMessage(remoteID: event.id, body: body)
    }

    /// Returns what an event says. A payment's metadata names its book. Disputes, fraud warnings
    /// and refunds made at Stripe have no metadata; they name a payment, which may not be ours.
    package func news(
        in body: [UInt8], of bookID: String
    ) throws(InboundRefusal) -> [ProcessorNews] {
        guard let event = StripeClient.decoded(StripeEvent.self, body) else { throw .malformed }
        let news: ProcessorNews? =
            switch event.type {
            case "payment_intent.succeeded", "payment_intent.payment_failed",
                "payment_intent.processing", "payment_intent.requires_action",
                "payment_intent.canceled":
                try Self.payment(in: body, at: event.created, of: bookID)
            case "refund.created", "refund.updated", "refund.failed", "charge.refund.updated":
                try Self.refund(in: body, of: bookID)
            case "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed":
                try Self.dispute(in: body)
            case "radar.early_fraud_warning.created":
                try Self.about(StripeFraudWarning.self, body).paymentIntent
                    .map { .fraudWarning(paymentRemoteID: $0.id) }
            default: nil
            }
        return news.map { [$0] } ?? []
    }

    /// The events to read from Stripe's list, and to subscribe an endpoint to. `refund.failed` is
    /// newer than our version of the interface, and `refund.updated` reports a failed refund too;
    /// an endpoint of a newer version may send `refund.failed`.
    static let eventTypes = [
        "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing",
        "payment_intent.requires_action", "payment_intent.canceled", "refund.created",
        "refund.updated", "charge.refund.updated", "charge.dispute.created",
        "charge.dispute.updated", "charge.dispute.closed", "radar.early_fraud_warning.created",
    ]

    private static func payment(
        in body: [UInt8], at seconds: Int64?, of bookID: String
    ) throws(InboundRefusal) -> ProcessorNews? {
        let intent = try about(StripeIntent.self, body)
        guard let reference = StripeMetadata.reference(intent.metadata, of: bookID),
            let money = intent.money
        else { return nil }
        // A bank debit's reason is in its charge, which an event only names, so it is looked up.
        guard intent.saysWhy else {
            return .charge(
                reference, money,
                ChargeAnswer(
                    .unknown("Stripe's event does not say why the payment failed"),
                    remoteID: intent.id))
        }
        let told = seconds.map { Instant(milliseconds: $0 * 1_000) }
        return .charge(reference, money, intent.answer(at: told))
    }

    private static func refund(
        in body: [UInt8], of bookID: String
    ) throws(InboundRefusal) -> ProcessorNews? {
        let refund = try about(StripeRefund.self, body)
        guard let payment = refund.paymentIntent?.id, let money = refund.money else { return nil }
        var number: Int?
        if let book = refund.metadata?[StripeMetadata.book] {
            guard book == bookID else { return nil }
            number = refund.metadata?[StripeMetadata.refund].flatMap(Int.init)
        }
        return .refund(paymentRemoteID: payment, number: number, money, refund.answer)
    }

    private static func dispute(in body: [UInt8]) throws(InboundRefusal) -> ProcessorNews? {
        let dispute = try about(StripeDispute.self, body)
        guard let payment = dispute.paymentIntent?.id else { return nil }
        return .dispute(
            paymentRemoteID: payment, remoteID: dispute.id, dispute.money, dispute.state)
    }

    private static func about<Object: Decodable & Sendable>(
        _ type: Object.Type, _ body: [UInt8]
    ) throws(InboundRefusal) -> Object {
        guard let event = StripeClient.decoded(StripeEventAbout<Object>.self, body) else {
            throw .malformed
        }
        return event.data.object
    }
}

extension StripeDispute {
    /// docs.stripe.com/api/disputes/object, `status`. A closed inquiry took no money.
    var state: Dispute.State {
        switch status {
        case "won", "warning_closed", "prevented": .won
        case "lost": .lost
        default: .open
        }
    }

    var money: Money? { StripeAmount.money(units: amount, currency: currency) }
}
