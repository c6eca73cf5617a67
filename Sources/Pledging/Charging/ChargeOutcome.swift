/// What a processor says of one attempt, whatever its own words are.
package enum ChargeOutcome: Hashable, Sendable {
    /// The money was taken.
    case succeeded(at: Instant, Settlement?)
    case declined(Decline)
    /// The reader has to do something first, on the processor's page where it names one.
    case actionNeeded(url: String?)
    /// It will be known later (a bank debit).
    case pending
    /// No answer, or one that tells nothing: a time-out, 409, 429, 5xx. In words for an operator.
    case unknown(String)
}

/// An outcome, and the processor's own name for the payment where one was made.
package struct ChargeAnswer: Hashable, Sendable {
    package let outcome: ChargeOutcome
    package let remoteID: String?

    package init(_ outcome: ChargeOutcome, remoteID: String? = nil) {
        self.outcome = outcome
        self.remoteID = remoteID
    }
}

/// A refusal of the bank, the network or the processor.
package struct Decline: Hashable, Sendable {
    /// What the processor, or the network behind it, advises beside the code.
    package enum Advice: String, CaseIterable, Sendable {
        case retryLater, askSupporter, doNotRetry
    }

    /// As `decline_codes.csv` has it.
    package let code: String
    package let advice: Advice?

    package init(code: String, advice: Advice? = nil) {
        self.code = code.isEmpty ? "unknown" : String(code.prefix(Decline.codeMaximumCharacters))
        self.advice = advice
    }

    private static let codeMaximumCharacters = 64

    /// The processor never had it: two readings of its list, a day apart.
    package static let notReceived = Decline(code: "not_received")
    /// What waited for the reader was called off.
    package static let withdrawn = Decline(code: "withdrawn")
    /// There is nothing to collect by: no method, or one that is expired, dead or given up.
    package static let noMethod = Decline(code: "no_usable_method")
    /// The one code that says that the card's month is over.
    package static let expiredCard = "expired_card"
}

/// A token that a processor is to forget.
package enum ProcessorRemoval: Identified {
    package static let idPrefix = "prm"
}

/// A message of a processor, as it is kept.
package enum ProcessorEvent: Identified {
    package static let idPrefix = "pev"
}
