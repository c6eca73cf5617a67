/// A refund of one payment of a charge, in part or in full. The charge stays `succeeded`.
package struct Refund: Identified, Hashable, Sendable {
    package static let idPrefix = "rfd"

    package enum State: String, CaseIterable, Sendable {
        case submitted, pending, unknown, succeeded, failed

        /// Whether the processor may have paid it back or may still do so. If so, it counts against
        /// the charge.
        package var isOpen: Bool {
            switch self {
            case .submitted, .pending, .unknown: true
            case .succeeded, .failed: false
            }
        }
    }

    package let id: ID<Refund>
    package let chargeID: ID<Charge>
    /// Nil when the payment that the charge counts goes back.
    package let extraPaymentID: ID<ExtraPayment>?
    /// Its number in the charge: 1, 2, 3 … It identifies the refund at the processor, in every copy
    /// of the book.
    package let number: Int
    package var amount: Money
    package var state: State
    package var remoteID: String?
    package var reason: String?
    package var nextStepAt: Instant?
    /// Whether nobody asked for it: an extra payment is sent back by itself.
    package let isAutomatic: Bool
    package let createdAt: Instant

    package init(
        id: ID<Refund>, chargeID: ID<Charge>, extraPaymentID: ID<ExtraPayment>? = nil,
        number: Int, amount: Money, state: State = .submitted, remoteID: String? = nil,
        reason: String? = nil, nextStepAt: Instant?, isAutomatic: Bool = false,
        createdAt: Instant
    ) {
        self.id = id
        self.chargeID = chargeID
        self.extraPaymentID = extraPaymentID
        self.number = number
        self.amount = amount
        self.state = state
        self.remoteID = remoteID
        self.reason = reason
        self.nextStepAt = nextStepAt
        self.isAutomatic = isAutomatic
        self.createdAt = createdAt
    }

    /// Whether no process has asked the processor for it yet: the first one moves its next step.
    package var isUnasked: Bool { state == .submitted && nextStepAt == createdAt }
}

/// A processor's answer about one refund.
package enum RefundOutcome: Hashable, Sendable {
    case succeeded
    /// Accepted; the outcome will be known later.
    case pending
    /// Nothing was paid back; the text is the processor's reason.
    case failed(String)
    /// No answer, or one that does not tell the outcome; the text describes it.
    case unknown(String)
}

/// An outcome, and the processor's id and amount of the refund if one was made.
package struct RefundAnswer: Hashable, Sendable {
    package let outcome: RefundOutcome
    package let remoteID: String?
    /// The amount that the processor has for it. It differs from the order's if another copy of the
    /// book used the same key before.
    package let amount: Money?

    package init(_ outcome: RefundOutcome, remoteID: String? = nil, amount: Money? = nil) {
        self.outcome = outcome
        self.remoteID = remoteID
        self.amount = amount
    }
}

/// Money that the reader's bank demands back.
package struct Dispute: Identified, Hashable, Sendable {
    package static let idPrefix = "dsp"

    package enum State: String, CaseIterable, Sendable { case open, won, lost }

    package let id: ID<Dispute>
    package let chargeID: ID<Charge>
    /// Nil when it is about the payment that the charge counts.
    package let extraPaymentID: ID<ExtraPayment>?
    package let processor: String
    package let remoteID: String
    package let amount: Money
    package var state: State
    package let createdAt: Instant

    package init(
        id: ID<Dispute>, chargeID: ID<Charge>, extraPaymentID: ID<ExtraPayment>? = nil,
        processor: String, remoteID: String, amount: Money, state: State = .open,
        createdAt: Instant
    ) {
        self.id = id
        self.chargeID = chargeID
        self.extraPaymentID = extraPaymentID
        self.processor = processor
        self.remoteID = remoteID
        self.amount = amount
        self.state = state
        self.createdAt = createdAt
    }
}
