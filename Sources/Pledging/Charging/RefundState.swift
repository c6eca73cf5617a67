extension RefundOutcome {
    /// What can be heard of a refund, without its details.
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

/// What news of a refund means.
package enum RefundStep: Hashable, Sendable {
    package enum Effect: Hashable, Sendable {
        /// Money went back: the charge and its pledge count it.
        case countReturn
        /// It had been counted, and the bank refused it after all.
        case takeBackReturn
    }

    case move(to: Refund.State, Effect? = nil)
    /// No news to it.
    case stay
}

extension Refund.State {
    package func on(_ news: RefundOutcome.News) -> RefundStep {
        switch self {
        case .submitted, .unknown:
            switch news {
            case .succeeded: .move(to: .succeeded, .countReturn)
            case .pending: .move(to: .pending)
            case .failed: .move(to: .failed)
            case .unknown: .move(to: .unknown)
            }
        case .pending:
            switch news {
            case .succeeded: .move(to: .succeeded, .countReturn)
            // Asked again later, with the same state.
            case .pending, .unknown: .move(to: .pending)
            case .failed: .move(to: .failed)
            }
        case .succeeded:
            switch news {
            // A bank may refuse money that was on its way back already.
            case .failed: .move(to: .failed, .takeBackReturn)
            case .succeeded, .pending, .unknown: .stay
            }
        case .failed:
            switch news {
            case .succeeded: .move(to: .succeeded, .countReturn)
            case .pending, .failed, .unknown: .stay
            }
        }
    }
}

extension Refund {
    /// The refund after a processor's answer, and what that means; nil where it is no news to it.
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

    /// The answer was lost: asked again, ever more seldom.
    private func nextQuestion(at now: Instant) -> Instant {
        if now < createdAt.adding(hours: 1) { return now.adding(seconds: 300) }
        return now < createdAt.adding(days: 1) ? now.adding(hours: 1) : now.adding(days: 1)
    }

    private static let reasonMaximumCharacters = 64
}

extension RefundAnswer {
    /// Whether money went back, or may yet.
    package var mayBeMoney: Bool {
        switch outcome {
        case .succeeded, .pending: true
        case .failed, .unknown: false
        }
    }
}
