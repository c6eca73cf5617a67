import Pledging

extension StripeIntent {
    /// What has become of the payment. `at` is when it was told, where the payment itself does not
    /// say when the money was taken.
    func answer(at told: Instant? = nil) -> ChargeAnswer {
        ChargeAnswer(outcome(at: told), remoteID: id)
    }

    /// docs.stripe.com/payments/paymentintents/lifecycle
    private func outcome(at told: Instant?) -> ChargeOutcome {
        switch status {
        case "succeeded": .succeeded(at: paidAt(told), charge?.settlement)
        case "processing": .pending
        case "requires_action": .actionNeeded(url: nextAction?.redirectToUrl?.url)
        case "requires_payment_method":
            lastPaymentError?.outcome(failureCode: charge?.failureCode)
                ?? .unknown("Stripe has the payment without a method")
        case "canceled": .declined(.withdrawn)
        default:
            .unknown("Stripe has the payment as '\(StripeErrorDetail.code(status) ?? "unknown")'")
        }
    }

    /// False where it failed, and why stands elsewhere.
    var saysWhy: Bool {
        guard status == "requires_payment_method", charge == nil, latestCharge != nil,
            let lastPaymentError
        else { return true }
        return lastPaymentError.isTelling
    }

    var charge: StripeCharge? { latestCharge?.object }

    var money: Money? { StripeAmount.money(units: amount, currency: currency) }

    var madeAt: Instant { Instant(milliseconds: (created ?? 0) * 1_000) }

    /// A payment is still to be had: calling it off changes something.
    var canBeCanceled: Bool {
        switch status {
        case "succeeded", "processing", "canceled": false
        default: true
        }
    }

    /// The charge was made when the card was asked; a bank debit tells by its event when it came
    /// in.
    private func paidAt(_ told: Instant?) -> Instant {
        told ?? charge?.created.map { Instant(milliseconds: $0 * 1_000) } ?? madeAt
    }
}

extension StripeCharge {
    /// Fee and net, where they were asked for and are known.
    var settlement: Settlement? { balanceTransaction?.object?.settlement() }
}

extension StripeBalanceTransaction {
    /// Nil while they are not known.
    func settlement(in payout: String? = nil) -> Settlement? {
        guard let fee, let net, let currency = currency?.uppercased(),
            let feeMinor = StripeAmount.minor(units: fee, currency: currency),
            let netMinor = StripeAmount.minor(units: net, currency: currency)
        else { return nil }
        return Settlement(
            feeMinor: feeMinor, netMinor: netMinor, currency: currency, payoutID: payout)
    }
}

/// What stands with a payment at Stripe, so that it is found again and booked in any copy of the
/// book. Stripe shows metadata in its dashboard: ids and numbers alone.
enum StripeMetadata {
    static let book = "mainstay_book"
    static let charge = "mainstay_charge"
    static let pledge = "mainstay_pledge"
    static let period = "mainstay_period"
    static let periods = "mainstay_periods"
    static let attempt = "mainstay_attempt"
    static let key = "mainstay_key"
    static let refund = "mainstay_refund"

    static func fields(_ reference: ChargeReference) -> KeyValuePairs<String, String> {
        [
            book: reference.bookID, charge: reference.chargeID.text,
            pledge: reference.pledgeID.text, period: String(reference.firstPeriod),
            periods: String(reference.periodCount), attempt: String(reference.attempt),
            key: reference.key,
        ]
    }

    static func fields(_ order: RefundOrder) -> KeyValuePairs<String, String> {
        [
            book: order.charge.bookID, charge: order.charge.chargeID.text,
            pledge: order.charge.pledgeID.text, refund: String(order.number), key: order.key,
        ]
    }

    /// Nil for what is not of this book, or was written by somebody else.
    static func reference(_ fields: [String: String]?, of bookID: String) -> ChargeReference? {
        guard let fields, fields[book] == bookID,
            let chargeID = fields[charge].flatMap({ try? ID<Charge>(parsing: $0) }),
            let pledgeID = fields[pledge].flatMap({ try? ID<Pledge>(parsing: $0) }),
            let first = fields[period].flatMap(Int.init), first > 0,
            let count = fields[periods].flatMap(Int.init), count > 0,
            let number = fields[attempt].flatMap(Int.init), number > 0
        else { return nil }
        return ChargeReference(
            bookID: bookID, chargeID: chargeID, pledgeID: pledgeID, firstPeriod: first,
            periodCount: count, attempt: number)
    }
}
