package import Pledging

/// Stripe, through its HTTP interface. A restricted key is enough if it has these rights: write
/// Payment Intents, Setup Intents, Payment Methods, Customers, Charges and Refunds; read Disputes,
/// Events, Payouts and Balance transactions.
///
/// A payment's remote id is always its PaymentIntent's id.
package final class StripeProcessor: PaymentProcessor {
    package let name = StripeProcessor.factory.name
    package let mode: ProcessorMode
    package let callsInFlight = 8
    /// docs.stripe.com/api/idempotent_requests: keys may be removed once they are a day old.
    package let keyLifetimeHours: Int64 = 24

    let client: StripeClient
    let signature: StripeSignature?

    /// Throws `noCryptography` if libcrypto cannot sign; `StripeSettings` has checked the rest.
    package init(settings: StripeSettings, clock: SteadyClock) throws(StripeSettingsError) {
        mode = settings.mode
        signature = try settings.webhookSecret.map { (secret) throws(StripeSettingsError) in
            try StripeSignature(secret: secret)
        }
        client = StripeClient(settings: settings, clock: clock)
    }

    /// Closes every connection. Nothing may be asked afterwards.
    package func close() async throws { try await client.close() }

    /// Returns the `Date` that answers the cheapest request that every key in use may make.
    package func time() async throws(ProcessorUnavailable) -> Instant {
        do {
            let answer = try await client.send(.get("payment_intents", ["limit": "1"]))
            if let time = answer.date { return time }
        } catch {
            throw error.unavailable
        }
        throw ProcessorUnavailable(reason: "Stripe's answer has no Date header")
    }

    package func collect(_ order: ChargeOrder) async -> ChargeAnswer {
        guard let type = order.kind.stripeType else { return ChargeAnswer(.declined(.noMethod)) }
        let currency = order.amount.currency.code
        guard order.amount.minorUnits > 0,
            let units = StripeAmount.units(minor: order.amount.minorUnits, currency: currency)
        else {
            // The newsroom's mistake: the amount is not above zero, or Stripe has no unit for it.
            return ChargeAnswer(.declined(Decline(code: "amount_too_small")))
        }
        var form: HTTPForm = [
            "amount": String(units), "currency": currency.lowercased(), "confirm": "true",
            // Captures at once instead of within the hour, so that the answer has fee and net.
            "capture_method": "automatic", "payment_method": order.method.token,
            "customer": order.method.customer, "payment_method_types[]": type,
            "off_session": "true", "expand[]": StripeProcessor.expanded,
        ]
        form.add("mandate", order.kind.isDebit ? order.method.mandate : nil)
        form.add(metadata: StripeMetadata.fields(order.reference))
        do {
            let request = StripeRequest.post("payment_intents", form, key: order.reference.key)
            return try await client.call(request, as: StripeIntent.self).answer()
        } catch {
            switch error {
            case .refused(let status, let detail): return detail.answer(status: status)
            case .silent(let words): return ChargeAnswer(.unknown(words))
            }
        }
    }

    static let expanded = "latest_charge.balance_transaction"
}

extension PaymentMethod.Kind {
    /// docs.stripe.com/api/payment_methods/object, `type`; nil for kinds that cannot be collected.
    var stripeType: String? {
        switch self {
        case .card: "card"
        case .sepaDebit: "sepa_debit"
        case .paypal: "paypal"
        case .bankTransfer, .crypto: nil
        }
    }
}
