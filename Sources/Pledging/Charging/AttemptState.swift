extension ChargeAttempt {
    /// News of an attempt, in the terms of our own state machines.
    package enum News: String, CaseIterable, Sendable {
        /// The processor took the money.
        case succeeded
        case declined
        /// The reader has to act at the bank first.
        case actionNeeded
        /// The processor has accepted it and reports the outcome later.
        case accepted
        /// No answer, or one that does not tell the outcome.
        case lost
        /// The call was never made.
        case withdrawn
    }
}

extension ChargeAttempt.State {
    /// Returns the state after `news`, or nil if `news` changes nothing. A finished attempt changes
    /// only when it turns out that the money was taken.
    package func on(_ news: ChargeAttempt.News) -> ChargeAttempt.State? {
        switch self {
        case .submitted, .pending, .actionRequired, .unknown: ChargeAttempt.State(after: news)
        case .declined, .withdrawn:
            switch news {
            case .succeeded: .succeeded
            case .declined, .actionNeeded, .accepted, .lost, .withdrawn: nil
            }
        case .succeeded: nil
        }
    }

    private init(after news: ChargeAttempt.News) {
        switch news {
        case .succeeded: self = .succeeded
        case .declined: self = .declined
        case .actionNeeded: self = .actionRequired
        case .accepted: self = .pending
        case .lost: self = .unknown
        case .withdrawn: self = .withdrawn
        }
    }
}

extension ChargeAttempt {
    /// Returns the attempt after a processor's answer, or nil if the answer changes nothing.
    package func after(_ verdict: ChargeVerdict, remoteID: String?) -> ChargeAttempt? {
        guard let next = state.on(verdict.news) else { return nil }
        var heard = self
        heard.state = next
        heard.remoteID = remoteID ?? self.remoteID
        heard.leasedUntil = nil
        heard.code = verdict.decline?.code
        heard.absentSince = nil
        if state == .unknown { heard.questions += 1 }
        return heard
    }
}

/// A processor's answer about an attempt, in the terms of our own state machines.
package struct ChargeVerdict: Hashable, Sendable {
    /// What happens to the charge.
    package let cause: ChargeCause
    /// What happens to the attempt.
    package let news: ChargeAttempt.News
    package let decline: Decline?

    package init(_ outcome: ChargeOutcome) {
        switch outcome {
        case .succeeded: self.init(.succeeded, .succeeded)
        case .actionNeeded:
            self.init(.actionNeeded, .actionNeeded, Decline(code: "authentication_required"))
        case .pending: self.init(.accepted, .accepted)
        case .unknown: self.init(.lost, .lost)
        case .declined(let decline):
            switch decline.bucket {
            // Who is at fault for a missing token is known at the end of the run.
            case .needsSupporter where decline.isMissingToken:
                self.init(.setAside, .declined, decline)
            case .soft, .needsSupporter, .hard, .revoked: self.init(.declined, .declined, decline)
            case .operator, .impossible: self.init(.setAside, .declined, decline)
            case .unknownOutcome: self.init(.lost, .lost, decline)
            }
        }
    }

    private init(
        _ cause: ChargeCause, _ news: ChargeAttempt.News, _ decline: Decline? = nil
    ) {
        self.cause = cause
        self.news = news
        self.decline = decline
    }
}

extension ChargeAnswer {
    /// When the money was taken; nil if it was not.
    package var paidAt: Instant? {
        if case .succeeded(let moment, _) = outcome { moment } else { nil }
    }

    /// Whether the answer says that money moved or may still move.
    package var mayBeMoney: Bool {
        switch outcome {
        case .succeeded, .pending, .actionNeeded: true
        case .declined, .unknown: false
        }
    }
}
