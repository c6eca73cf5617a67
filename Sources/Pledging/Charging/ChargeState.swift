package enum ChargeState: String, CaseIterable, Sendable {
    case submitted, pending, actionRequired, unknown, held, declined
    case succeeded, skipped, cancelled, closed

    /// Whether only a late answer of the processor can still change it. A pledge has at most one
    /// charge that is not over.
    package var isOver: Bool {
        switch self {
        case .submitted, .pending, .actionRequired, .unknown, .held, .declined: false
        case .succeeded, .skipped, .cancelled, .closed: true
        }
    }

    /// Whether the processor may have taken the money or may still take it. Until that is known the
    /// charge is not tried again.
    package var isInDoubt: Bool {
        switch self {
        case .submitted, .pending, .unknown: true
        case .actionRequired, .held, .declined, .succeeded, .skipped, .cancelled, .closed: false
        }
    }

    /// The states in which the processor is asked about the charge when its next step is due.
    package static let askedAbout: [ChargeState] = [
        .submitted, .unknown, .pending, .actionRequired, .cancelled,
    ]
}

/// What can happen to a charge.
package enum ChargeCause: String, CaseIterable, Sendable {
    /// A new attempt begins; its idempotency key is about to be committed.
    case attempted
    /// The processor took the money.
    case succeeded
    case declined
    /// The reader has to do something before the money moves.
    case actionNeeded
    /// The processor has accepted it and reports the outcome later.
    case accepted
    /// No answer, or one that does not tell the outcome.
    case lost
    /// Neither the bank nor the reader's method refused: the account is at fault, the amount is
    /// impossible, the token may belong to another account, or the run was stopped. It does not
    /// count as a decline and is tried again later.
    case setAside
    /// The attempt's call was not made, because the pledge changed just before it.
    case withdrawn
    /// Its pledge is paused or over.
    case unwanted
    /// The reader gave again, and is asked whether to keep both.
    case gaveAgain
    /// A hold lasted too long, or a retry was missed until the next period was due.
    case holdEnded
    /// A person who looked it up says that the money arrived.
    case resolvedAsSucceeded
    /// A person, or the processor's list read twice, says that the money did not arrive.
    case resolvedAsNotReceived
    /// The processor could not be asked for too long a time.
    case unreachableTooLong
    /// A payment that a person recorded by mistake is taken back.
    case voided
}

package enum ChargeAction: Hashable, Sendable {
    /// A payment arrived: the pledge changes state and counts it, and the reader gets a receipt.
    case bookSuccess
    /// The pledge is past due; dunning decides what follows.
    case bookFailure
}

extension ChargeState {
    /// Returns what `cause` does to a charge in this state.
    package func on(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch self {
        case .submitted, .pending, .unknown: onInDoubt(cause)
        case .actionRequired: onActionRequired(cause)
        case .held: onHeld(cause)
        case .declined: onDeclined(cause)
        case .succeeded: onSucceeded(cause)
        case .skipped, .cancelled, .closed: onOver(cause)
        }
    }

    private func onInDoubt(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted:
            .refuse(
                "the outcome of the last attempt is not known; run 'mainstay run reconcile' first")
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .declined: .move(to: .declined, .chargeDeclined, [.bookFailure])
        case .actionNeeded: .move(to: .actionRequired, .chargeActionRequired, [.bookFailure])
        case .accepted: self == .pending ? .stay : .move(to: .pending, .chargePending)
        case .lost: self == .submitted ? .move(to: .unknown, .chargeUnknown) : .stay
        case .setAside: .move(to: .held, .chargeHeld)
        case .withdrawn:
            self == .submitted ? .move(to: .cancelled, .chargeCancelled) : .stay
        // A late answer is recorded when it comes; until then the outcome is unknown.
        case .unwanted, .holdEnded, .gaveAgain: .stay
        case .resolvedAsSucceeded: .move(to: .succeeded, .chargeResolved, [.bookSuccess])
        case .resolvedAsNotReceived:
            self == .pending
                ? .refuse(
                    "the processor has not decided yet; run 'mainstay run reconcile' to ask it")
                : .move(to: .declined, .chargeResolved, [.bookFailure])
        case .unreachableTooLong: .move(to: .closed, .chargeResolved)
        case .voided: notPaid
        }
    }

    private func onActionRequired(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        // The reader could still complete the last attempt, so it must be withdrawn first.
        case .attempted: .refuse("the last attempt still waits for the reader")
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .declined: .move(to: .declined, .chargeDeclined, [.bookFailure])
        case .accepted: .move(to: .pending, .chargePending)
        case .unwanted: .move(to: .cancelled, .chargeCancelled)
        case .actionNeeded, .lost, .setAside, .withdrawn, .holdEnded, .gaveAgain: .stay
        case .unreachableTooLong: .move(to: .closed, .chargeResolved)
        case .voided: notPaid
        case .resolvedAsSucceeded:
            .refuse(
                "the reader has not confirmed it at the bank yet; 'mainstay run reconcile' asks "
                    + "the processor whether it was paid")
        case .resolvedAsNotReceived:
            .refuse(
                "the reader may still complete the payment at the bank; the charge ends with its "
                    + "grace period")
        }
    }

    private func onHeld(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted: .move(to: .submitted, .chargeSubmitted)
        // An attempt before the hold may still have succeeded.
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .declined: .move(to: .declined, .chargeDeclined, [.bookFailure])
        case .holdEnded: .move(to: .skipped, .chargeSkipped)
        case .unwanted: .move(to: .cancelled, .chargeCancelled)
        case .gaveAgain: .move(to: .held, .chargeHeld)
        case .actionNeeded, .accepted, .lost, .setAside, .withdrawn, .unreachableTooLong:
            .stay
        case .resolvedAsSucceeded, .resolvedAsNotReceived:
            .refuse("the charge is held; nothing was sent to the processor for it")
        case .voided: notPaid
        }
    }

    private func onDeclined(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted: .move(to: .submitted, .chargeSubmitted)
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .unwanted: .move(to: .cancelled, .chargeCancelled)
        case .gaveAgain: .move(to: .held, .chargeHeld)
        // These are late answers from before the decline.
        case .declined, .actionNeeded, .accepted, .lost, .setAside, .withdrawn,
            .unreachableTooLong:
            .stay
        case .holdEnded: .move(to: .skipped, .chargeSkipped)
        case .resolvedAsSucceeded: .move(to: .succeeded, .chargeResolved, [.bookSuccess])
        case .resolvedAsNotReceived: .stay
        case .voided: notPaid
        }
    }

    private func onSucceeded(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted: .refuse("the charge is paid")
        case .voided: .move(to: .cancelled, .chargeCancelled)
        case .resolvedAsNotReceived: .refuse("the charge is paid; refund it to return the money")
        case .succeeded, .declined, .actionNeeded, .accepted, .lost, .setAside, .withdrawn,
            .unwanted, .gaveAgain, .holdEnded, .resolvedAsSucceeded, .unreachableTooLong:
            .stay
        }
    }

    private func onOver(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted, .resolvedAsNotReceived: .refuse("the charge is over (\(rawValue))")
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .resolvedAsSucceeded: .move(to: .succeeded, .chargeResolved, [.bookSuccess])
        case .voided: notPaid
        case .declined, .actionNeeded, .accepted, .lost, .setAside, .withdrawn, .unwanted,
            .gaveAgain, .holdEnded, .unreachableTooLong:
            .stay
        }
    }

    private var notPaid: Step<ChargeState, ChargeAction> {
        .refuse("the charge is \(rawValue), not paid; there is nothing to take back")
    }
}
