import Pledging

extension StripeIntent {
    /// Returns the payment's present state. `told` is the time of the event that reported it, if
    /// any; it is then the time of payment.
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
                ?? .unknown("the payment at Stripe has no payment method")
        case "canceled": .declined(.withdrawn)
        default:
            .unknown(
                "the payment at Stripe has the unknown status "
                    + "'\(StripeErrorDetail.code(status) ?? "unknown")'")
        }
    }

    /// False if the payment failed and the reason is stored elsewhere.
    var saysWhy: Bool {
        guard status == "requires_payment_method", charge == nil, latestCharge != nil,
            let lastPaymentError
        else { return true }
        return lastPaymentError.isTelling
    }

    var charge: StripeCharge? { latestCharge?.object }

    var money: Money? { StripeAmount.money(units: amount, currency: currency) }

    var madeAt: Instant { Instant(milliseconds: (created ?? 0) * 1_000) }

    /// Whether cancelling the payment still changes something.
    var canBeCanceled: Bool {
        switch status {
        case "succeeded", "processing", "canceled": false
        default: true
        }
    }

    /// Returns the event's time if there is one, because a bank debit's charge is made days before
    /// the money comes in; else when the charge was made.
    private func paidAt(_ told: Instant?) -> Instant {
        told ?? charge?.created.map { Instant(milliseconds: $0 * 1_000) } ?? madeAt
    }
}

extension StripeCharge {
    /// Fee and net, if they were requested and are known.
    var settlement: Settlement? { balanceTransaction?.object?.settlement() }
}

extension StripeBalanceTransaction {
    /// Returns nil while fee and net are not known.
    func settlement(in payout: String? = nil) -> Settlement? {
        guard let fee, let net, let currency = currency?.uppercased(),
            let feeMinor = StripeAmount.minor(units: fee, currency: currency),
            let netMinor = StripeAmount.minor(units: net, currency: currency)
        else { return nil }
        return Settlement(
            feeMinor: feeMinor, netMinor: netMinor, currency: currency, payoutID: payout)
    }
}

/// The metadata of a payment at Stripe, so that any copy of the book can find and record it. Stripe
/// shows metadata in its dashboard, so it holds only ids and numbers.
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

    /// Returns nil if the fields belong to another book or were not written by Mainstay.
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
