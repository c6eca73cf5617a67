/// A payment beside the one that its charge counts: a second success for one period, such as a late
/// answer after another card had been charged. No total counts it. It is sent back, or a person
/// decides.
package struct ExtraPayment: Identified, Hashable, Sendable {
    package static let idPrefix = "xpy"

    package let id: ID<ExtraPayment>
    package let chargeID: ID<Charge>
    /// The number of the attempt that took it.
    package let attempt: Int
    package let processor: String
    package let remoteID: String
    /// In the charge's currency.
    package let amount: Money
    /// What went back of it, by refunds and lost disputes.
    package var refundedMinor: Int64
    package let paidAt: Instant
    package let createdAt: Instant

    package init(
        id: ID<ExtraPayment>, chargeID: ID<Charge>, attempt: Int, processor: String,
        remoteID: String, amount: Money, refundedMinor: Int64 = 0, paidAt: Instant,
        createdAt: Instant
    ) {
        self.id = id
        self.chargeID = chargeID
        self.attempt = attempt
        self.processor = processor
        self.remoteID = remoteID
        self.amount = amount
        self.refundedMinor = refundedMinor
        self.paidAt = paidAt
        self.createdAt = createdAt
    }

    package var isReturned: Bool { refundedMinor >= amount.minorUnits }

    /// What went back of it; nil if nothing did.
    package var refunded: Money? {
        refundedMinor == 0 ? nil : Money(minorUnits: refundedMinor, currency: amount.currency)
    }

    var eventData: JSON {
        .members([
            "id": .string(id.text), "attempt": .integer(Int64(attempt)), "amount": amount.json,
            "refunded": refunded?.json, "processor": .string(processor),
        ])
    }
}

extension ExtraPayment {
    /// What happens to extra payments without a person's word.
    package enum Policy: String, CaseIterable, Sendable {
        /// They are sent back.
        case refund
        /// A person decides about each.
        case ask
    }

    /// The facts that decide whether it is sent back without a person's word.
    package struct ReturnFacts: Sendable {
        package let policy: Policy
        /// Only the processor's list tells of it so far, or another copy of the book took it. It
        /// may be an honest gift.
        package let isUncertain: Bool
        /// A bank demands the charge's money back, or did.
        package let isDisputed: Bool
        /// The methods whose extra payments were sent back within the last `returnHours`.
        package let recentReturns: [ID<PaymentMethod>]
        package let method: ID<PaymentMethod>

        package init(
            policy: Policy, isUncertain: Bool, isDisputed: Bool,
            recentReturns: [ID<PaymentMethod>], method: ID<PaymentMethod>
        ) {
            self.policy = policy
            self.isUncertain = isUncertain
            self.isDisputed = isDisputed
            self.recentReturns = recentReturns
            self.method = method
        }
    }

    /// Why a person must decide about it.
    package enum Doubt: String, CaseIterable, Sendable {
        case setting = "billing.extra_payments is ask"
        case uncertain = "it may be another copy's"
        case disputed = "a bank demands it"
        case tooMany = "over 20 in a day"
        case sameMethod = "the second of its card in a day"
    }

    /// Returns why it is not sent back without a person's word; nil if it is.
    package static func doubt(_ facts: ReturnFacts) -> Doubt? {
        if facts.policy == .ask { return .setting }
        if facts.isDisputed { return .disputed }
        if facts.isUncertain { return .uncertain }
        if facts.recentReturns.contains(facts.method) { return .sameMethod }
        return facts.recentReturns.count < returnsMaximum ? nil : .tooMany
    }

    /// Returns without a person's word within `returnHours`: more of them mean a fault that a
    /// person must see. A method gets one.
    package static let returnsMaximum = 20
    package static let returnHours: Int64 = 24
}

/// A payment that a processor took: the one that its charge counts, or an extra one.
package struct TakenPayment: Hashable, Sendable {
    package let charge: Charge
    /// Nil for the one that the charge counts.
    package let extra: ExtraPayment?

    package init(_ charge: Charge, extra: ExtraPayment? = nil) {
        self.charge = charge
        self.extra = extra
    }

    package var amount: Money { extra?.amount ?? charge.amount }
    package var refundedMinor: Int64 { extra?.refundedMinor ?? charge.refundedMinor }
    /// What is left of it, in words.
    package var leftWords: String {
        guard refundedMinor > 0 else { return amount.description }
        let left = Money(minorUnits: amount.minorUnits - refundedMinor, currency: amount.currency)
        return "\(left) of \(amount)"
    }

    /// Nil for a payment that arrived another way.
    package var processor: String? { extra?.processor ?? charge.processor }
    package var remoteID: String? { extra?.remoteID ?? charge.remoteID }
    /// The number of the attempt that a refund names; the payment is identified by `remoteID`.
    package var attempt: Int { extra?.attempt ?? charge.attempts }
}
