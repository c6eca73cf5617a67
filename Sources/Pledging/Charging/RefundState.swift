extension RefundOutcome {
    /// News of a refund, without its details.
    package enum News: String, CaseIterable, Sendable { case succeeded, pending, failed, unknown }

    package var news: News {
        switch self {
        case .succeeded: .succeeded
        case .pending: .pending
        case .failed: .failed
        case .unknown: .unknown
        }
    }
}

/// What follows from news of a refund.
package enum RefundStep: Hashable, Sendable {
    package enum Effect: Hashable, Sendable {
        /// What went back of the charge is counted anew: money was paid back, or the bank refused a
        /// refund that was counted.
        case countReturns
    }

    case move(to: Refund.State, Effect? = nil)
    /// The news changes nothing.
    case stay
}

extension Refund.State {
    /// Returns what `news` does to a refund in this state.
    package func on(_ news: RefundOutcome.News) -> RefundStep {
        switch self {
        case .submitted, .unknown:
            switch news {
            case .succeeded: .move(to: .succeeded, .countReturns)
            case .pending: .move(to: .pending)
            case .failed: .move(to: .failed)
            case .unknown: .move(to: .unknown)
            }
        case .pending:
            switch news {
            case .succeeded: .move(to: .succeeded, .countReturns)
            // The state stays, and the processor is asked again later.
            case .pending, .unknown: .move(to: .pending)
            case .failed: .move(to: .failed)
            }
        case .succeeded:
            switch news {
            // A bank may refuse a refund after the processor reported success.
            case .failed: .move(to: .failed, .countReturns)
            case .succeeded, .pending, .unknown: .stay
            }
        case .failed:
            switch news {
            case .succeeded: .move(to: .succeeded, .countReturns)
            case .pending, .failed, .unknown: .stay
            }
        }
    }
}

extension Refund {
    /// Returns the refund after a processor's answer and what follows for its charge; nil if the
    /// answer changes nothing.
    package func after(
        _ answer: RefundAnswer, at now: Instant
    ) -> (refund: Refund, effect: RefundStep.Effect?)? {
        guard case .move(let next, let effect) = state.on(answer.outcome.news) else { return nil }
        var heard = self
        heard.state = next
        heard.remoteID = answer.remoteID ?? remoteID
        heard.reason = nil
        heard.nextStepAt = nil
        switch answer.outcome {
        case .succeeded: break
        case .failed(let code): heard.reason = String(code.prefix(Refund.reasonMaximumCharacters))
        case .pending: heard.nextStepAt = now.adding(days: 1)
        case .unknown: heard.nextStepAt = nextQuestion(at: now)
        }
        return (heard, effect)
    }

    /// Returns when the processor is asked again after a lost answer: every 5 minutes in the first
    /// hour after the refund was created, hourly on the first day, then daily.
    private func nextQuestion(at now: Instant) -> Instant {
        if now < createdAt.adding(hours: 1) { return now.adding(seconds: 300) }
        return now < createdAt.adding(days: 1) ? now.adding(hours: 1) : now.adding(days: 1)
    }

    private static let reasonMaximumCharacters = 64
}

extension RefundAnswer {
    /// Whether the answer says that money was paid back or may still be.
    package var mayBeMoney: Bool {
        switch outcome {
        case .succeeded, .pending: true
        case .failed, .unknown: false
        }
    }
}
