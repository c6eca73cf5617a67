/// Money given back, of one charge. The charge stays succeeded.
package struct Refund: Identified, Hashable, Sendable {
    package static let idPrefix = "rfd"

    package enum State: String, CaseIterable, Sendable {
        case submitted, pending, unknown, succeeded, failed

        /// The processor may have given it back, or may yet: it counts against the charge.
        package var isOpen: Bool {
            switch self {
            case .submitted, .pending, .unknown: true
            case .succeeded, .failed: false
            }
        }
    }

    package let id: ID<Refund>
    package let chargeID: ID<Charge>
    /// 1, 2, 3 … of its charge; names the refund at the processor in every copy of the book.
    package let number: Int
    package let amount: Money
    package var state: State
    package var remoteID: String?
    package var reason: String?
    package var nextStepAt: Instant?
    package let createdAt: Instant

    package init(
        id: ID<Refund>, chargeID: ID<Charge>, number: Int, amount: Money,
        state: State = .submitted, remoteID: String? = nil, reason: String? = nil,
        nextStepAt: Instant?, createdAt: Instant
    ) {
        self.id = id
        self.chargeID = chargeID
        self.number = number
        self.amount = amount
        self.state = state
        self.remoteID = remoteID
        self.reason = reason
        self.nextStepAt = nextStepAt
        self.createdAt = createdAt
    }
}

/// What a processor says of one refund.
package enum RefundOutcome: Hashable, Sendable {
    case succeeded
    /// Accepted; it will be known later.
    case pending
    /// Nothing was given back; the processor's word for why.
    case failed(String)
    /// No answer, or one that tells nothing.
    case unknown(String)
}

/// An outcome, and the processor's own name for the refund where one was made.
package struct RefundAnswer: Hashable, Sendable {
    package let outcome: RefundOutcome
    package let remoteID: String?

    package init(_ outcome: RefundOutcome, remoteID: String? = nil) {
        self.outcome = outcome
        self.remoteID = remoteID
    }
}

/// Money that the reader's bank demands back.
package struct Dispute: Identified, Hashable, Sendable {
    package static let idPrefix = "dsp"

    package enum State: String, CaseIterable, Sendable { case open, won, lost }

    package let id: ID<Dispute>
    package let chargeID: ID<Charge>
    package let processor: String
    package let remoteID: String
    package let amount: Money
    package var state: State
    package let createdAt: Instant

    package init(
        id: ID<Dispute>, chargeID: ID<Charge>, processor: String, remoteID: String, amount: Money,
        state: State = .open, createdAt: Instant
    ) {
        self.id = id
        self.chargeID = chargeID
        self.processor = processor
        self.remoteID = remoteID
        self.amount = amount
        self.state = state
        self.createdAt = createdAt
    }
}
