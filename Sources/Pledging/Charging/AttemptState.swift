extension ChargeAttempt {
    /// What can be heard of an attempt, in the words of our own machines.
    package enum News: String, CaseIterable, Sendable {
        /// The processor took the money.
        case succeeded
        case declined
        /// The reader has to act at the bank first.
        case actionNeeded
        /// The processor has it and will say later.
        case accepted
        /// No answer, or one that tells nothing.
        case lost
        /// The call was never made.
        case withdrawn
    }
}

extension ChargeAttempt.State {
    /// The state after `news`; nil where it is no news: what an attempt came to does not change,
    /// but money may still come.
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
    /// The attempt after a processor's answer; nil where the answer is no news to it.
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

/// A processor's answer about an attempt, in the words of our own machines.
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
            case .soft, .needsSupporter, .hard, .revoked: self.init(.declined, .declined, decline)
            case .operator: self.init(.operatorFailed, .declined, decline)
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
    /// When the money was taken; nil where it was not.
    package var paidAt: Instant? {
        if case .succeeded(let moment, _) = outcome { moment } else { nil }
    }

    /// Whether money moved, or may yet.
    package var mayBeMoney: Bool {
        switch outcome {
        case .succeeded, .pending, .actionNeeded: true
        case .declined, .unknown: false
        }
    }
}
