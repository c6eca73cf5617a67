package import Pledging

extension StripeProcessor {
    /// With a remote id, the payment is read. Without one, Stripe's search is asked. It shows a
    /// payment about a minute after it was made, hours later in an outage, and is not offered in
    /// India (docs.stripe.com/search). So `absent` proves nothing until it is answered twice, long
    /// after the call.
    package func lookUp(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        switch await intent(of: reference, remoteID: remoteID) {
        case .found(let intent): .found(intent.value.answer())
        case .absent: .absent
        case .unreachable(let words): .unreachable(words)
        }
    }

    package func withdraw(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        switch await intent(of: reference, remoteID: remoteID) {
        case .absent: return .absent
        case .unreachable(let words): return .unreachable(words)
        case .found(let found):
            guard found.value.canBeCanceled else { return .found(found.value.answer()) }
            do {
                let path = "payment_intents/\(found.value.id)/cancel"
                let canceled = try await client.call(
                    .post(path, ["expand[]": Self.expanded]), as: StripeIntent.self)
                return .found(canceled.answer())
            } catch {
                guard case .refused(status: 400, _) = error else {
                    return .unreachable(error.words)
                }
                // It succeeded or was cancelled between the two calls.
                return await lookUp(reference, remoteID: found.value.id)
            }
        }
    }

    /// A payment that was refused for want of the reader is confirmed again, without `off_session`
    /// and with the page to return to (docs.stripe.com/api/payment_intents/confirm). Stripe then
    /// names the bank's page.
    package func confirm(_ visit: ReaderVisit) async -> LookUpAnswer<ChargeAnswer> {
        let found: StripeIntent
        switch await intent(of: visit.reference, remoteID: visit.remoteID) {
        case .absent: return .absent
        case .unreachable(let words): return .unreachable(words)
        case .found(let payment): found = payment.value
        }
        guard found.waitsForReader else { return .found(found.answer()) }
        do {
            let confirmed = try await client.call(
                .post(
                    "payment_intents/\(found.id)/confirm",
                    [
                        "payment_method": visit.method.token, "return_url": visit.returnURL,
                        "expand[]": Self.expanded,
                    ]), as: StripeIntent.self)
            return .found(confirmed.answer())
        } catch {
            guard case .refused(let status, let detail) = error else {
                return .unreachable(error.words)
            }
            if status == 402 { return .found(detail.answer(status: status)) }
            // It may have changed between the two calls. Any other refusal says nothing about the
            // payment, which waits as before.
            guard status == 400, detail.isUnexpectedState else {
                return .unreachable(error.words)
            }
            return await lookUp(visit.reference, remoteID: found.id)
        }
    }

    /// A payment that was found. Payments with the same id are equal.
    private struct Found: Hashable, Sendable {
        let value: StripeIntent

        static func == (left: Found, right: Found) -> Bool { left.value.id == right.value.id }
        func hash(into hasher: inout Hasher) { hasher.combine(value.id) }
    }

    private func intent(
        of reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<Found> {
        do {
            if let remoteID {
                guard StripeRequest.isID(remoteID) else { return .absent }
                let intent: StripeIntent = try await client.call(
                    .get("payment_intents/\(remoteID)", ["expand[]": Self.expanded]))
                guard StripeMetadata.isOf(reference, intent.metadata) else {
                    return .unreachable("the payment at Stripe belongs to another charge")
                }
                return .found(Found(value: intent))
            }
            let list: StripeList<StripeIntent> = try await client.call(
                .get(
                    "payment_intents/search",
                    [
                        "query": StripeMetadata.query(reference),
                        "expand[]": "data.\(Self.expanded)",
                    ]))
            // Two payments may have a key that Stripe had forgotten: the one that got furthest
            // counts.
            let own = list.data.filter { StripeMetadata.isOf(reference, $0.metadata) }
            return own.max { $0.weight < $1.weight }.map { .found(Found(value: $0)) } ?? .absent
        } catch {
            return error.isMissing ? .absent : .unreachable(error.words)
        }
    }
}

extension StripeErrorDetail {
    fileprivate var isUnexpectedState: Bool {
        StripeErrorDetail.code(code) == "payment_intent_unexpected_state"
    }
}

extension StripeIntent {
    /// Whether confirming it leads the reader to the bank: it was refused for want of the reader,
    /// or the bank's page is not known yet.
    fileprivate var waitsForReader: Bool {
        if case .actionNeeded(url: nil) = answer().outcome { true } else { false }
    }

    fileprivate var weight: Int {
        switch status {
        case "succeeded": 3
        case "processing": 2
        case "requires_action": 1
        default: 0
        }
    }
}

extension StripeMetadata {
    static func isOf(_ reference: ChargeReference, _ fields: [String: String]?) -> Bool {
        fields?[book] == reference.bookID && fields?[key] == reference.key
    }

    /// docs.stripe.com/search, "Search query language".
    fileprivate static func query(_ reference: ChargeReference) -> String {
        let quoted = [(key, reference.key), (book, reference.bookID)].map { name, value in
            let escaped = value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
            return "metadata['\(name)']:'\(escaped)'"
        }
        return quoted.joined(separator: " AND ")
    }
}
