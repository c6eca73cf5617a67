/// A processor's answer about one attempt, translated from the processor's terms.
package enum ChargeOutcome: Hashable, Sendable {
    /// The money was taken.
    case succeeded(at: Instant, Settlement?)
    case declined(Decline)
    /// The reader has to act first, on the processor's page if `url` names one.
    case actionNeeded(url: String?)
    /// The outcome will be known later (a bank debit).
    case pending
    /// No answer, or one that does not tell the outcome (time-out, 409, 429, 5xx). The text
    /// describes it for an operator.
    case unknown(String)
}

/// An outcome, and the processor's id of the payment if one was made.
package struct ChargeAnswer: Hashable, Sendable {
    package let outcome: ChargeOutcome
    package let remoteID: String?

    package init(_ outcome: ChargeOutcome, remoteID: String? = nil) {
        self.outcome = outcome
        self.remoteID = remoteID
    }
}

/// A refusal by the bank, the network or the processor.
package struct Decline: Hashable, Sendable {
    /// What the processor, or the network behind it, advises beside the code.
    package enum Advice: String, CaseIterable, Sendable {
        case retryLater, askSupporter, doNotRetry
    }

    /// The code as listed in `decline_codes.csv`.
    package let code: String
    package let advice: Advice?

    package init(code: String, advice: Advice? = nil) {
        self.code = code.isEmpty ? "unknown" : String(code.prefix(Decline.codeMaximumCharacters))
        self.advice = advice
    }

    private static let codeMaximumCharacters = 64

    /// The processor never received it: two readings of its list, a day apart, do not have it.
    package static let notReceived = Decline(code: "not_received")
    /// An attempt that waited for the reader was cancelled.
    package static let withdrawn = Decline(code: "withdrawn")
    /// No method can be charged: there is none, or it is expired, dead or given up.
    package static let noMethod = Decline(code: "no_usable_method")
    /// The processor does not have the token, its customer or its mandate.
    package static let missingToken = "resource_missing"
    /// The processor refuses the request, and names no token, amount or account.
    package static let requestRefused = "request_refused"
    /// The only code that says that the card's expiry month is past.
    package static let expiredCard = "expired_card"
}

/// A token that must be deleted at its processor.
package enum ProcessorRemoval: Identified {
    package static let idPrefix = "prm"
}

/// A processor's message as the book stores it.
package enum ProcessorEvent: Identified {
    package static let idPrefix = "pev"
}
