package enum ChargeState: String, CaseIterable, Sendable {
    case submitted, pending, actionRequired, unknown, held, declined
    case succeeded, skipped, cancelled, closed

    /// Nothing but a late answer of the processor moves it any more. A pledge has one charge at
    /// most that is not over.
    package var isOver: Bool {
        switch self {
        case .submitted, .pending, .actionRequired, .unknown, .held, .declined: false
        case .succeeded, .skipped, .cancelled, .closed: true
        }
    }

    /// The processor may have taken the money, or may yet: nobody tries again until it is known.
    package var isInDoubt: Bool {
        switch self {
        case .submitted, .pending, .unknown: true
        case .actionRequired, .held, .declined, .succeeded, .skipped, .cancelled, .closed: false
        }
    }

    /// The processor is asked what became of it, when its next step is due.
    package static let askedAbout: [ChargeState] = [
        .submitted, .unknown, .pending, .actionRequired, .cancelled,
    ]
}

/// What can happen to a charge.
package enum ChargeCause: String, CaseIterable, Sendable {
    /// A new attempt begins: its key is about to be committed.
    case attempted
    /// The processor took the money.
    case succeeded
    case declined
    /// The reader has to do something before the money moves.
    case actionNeeded
    /// The processor has it and will say later.
    case accepted
    /// No answer, or one that tells nothing.
    case lost
    /// The newsroom's account or settings are at fault: nobody's decline, tried again later.
    case operatorFailed
    /// The attempt's call was never made: the pledge changed just before it.
    case withdrawn
    /// Its pledge is paused or over.
    case unwanted
    /// A hold lasted too long.
    case holdEnded
    /// A person, who looked it up, says that the money arrived.
    case resolvedAsSucceeded
    /// A person, or the processor's list read twice, says that it did not.
    case resolvedAsNotReceived
    /// The processor could not be asked for too long.
    case unreachableTooLong
}

package enum ChargeAction: Hashable, Sendable {
    /// Money came: the pledge moves, is counted, and the reader gets a receipt.
    case bookSuccess
    /// The pledge is past due; dunning decides what follows.
    case bookFailure
}

extension ChargeState {
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
        case .attempted: .refuse("an attempt is in doubt; run 'mainstay run reconcile' first")
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .declined: .move(to: .declined, .chargeDeclined, [.bookFailure])
        case .actionNeeded: .move(to: .actionRequired, .chargeActionRequired, [.bookFailure])
        case .accepted: self == .pending ? .stay : .move(to: .pending, .chargePending)
        case .lost: self == .submitted ? .move(to: .unknown, .chargeUnknown) : .stay
        case .operatorFailed: .move(to: .held, .chargeHeld)
        case .withdrawn:
            self == .submitted ? .move(to: .cancelled, .chargeCancelled) : .stay
        // A late answer is booked; until it comes nobody knows.
        case .unwanted, .holdEnded: .stay
        case .resolvedAsSucceeded: .move(to: .succeeded, .chargeResolved, [.bookSuccess])
        case .resolvedAsNotReceived:
            self == .pending
                ? .refuse("the processor has it and will say; 'mainstay run reconcile' asks")
                : .move(to: .declined, .chargeResolved, [.bookFailure])
        case .unreachableTooLong: .move(to: .closed, .chargeResolved)
        }
    }

    private func onActionRequired(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        // The reader could still let the first one through: it is withdrawn before.
        case .attempted: .refuse("the reader has to act on the last attempt")
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .declined: .move(to: .declined, .chargeDeclined, [.bookFailure])
        case .accepted: .move(to: .pending, .chargePending)
        case .unwanted: .move(to: .cancelled, .chargeCancelled)
        case .actionNeeded, .lost, .operatorFailed, .withdrawn, .holdEnded, .unreachableTooLong:
            .stay
        case .resolvedAsSucceeded: .move(to: .succeeded, .chargeResolved, [.bookSuccess])
        case .resolvedAsNotReceived:
            .refuse("the reader may still let it through at the bank; it ends with its grace")
        }
    }

    private func onHeld(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted: .move(to: .submitted, .chargeSubmitted)
        // An attempt before the hold may still turn out to have gone through.
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .declined: .move(to: .declined, .chargeDeclined, [.bookFailure])
        case .holdEnded: .move(to: .skipped, .chargeSkipped)
        case .unwanted: .move(to: .cancelled, .chargeCancelled)
        case .actionNeeded, .accepted, .lost, .operatorFailed, .withdrawn, .unreachableTooLong:
            .stay
        case .resolvedAsSucceeded, .resolvedAsNotReceived:
            .refuse("nothing was sent to the processor for it; it is held")
        }
    }

    private func onDeclined(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted: .move(to: .submitted, .chargeSubmitted)
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .unwanted: .move(to: .cancelled, .chargeCancelled)
        // What the processor said before the decline comes late.
        case .declined, .actionNeeded, .accepted, .lost, .operatorFailed, .withdrawn, .holdEnded,
            .unreachableTooLong:
            .stay
        case .resolvedAsSucceeded: .move(to: .succeeded, .chargeResolved, [.bookSuccess])
        case .resolvedAsNotReceived: .stay
        }
    }

    private func onSucceeded(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted: .refuse("it is paid")
        case .resolvedAsNotReceived: .refuse("it is paid; a refund gives money back")
        case .succeeded, .declined, .actionNeeded, .accepted, .lost, .operatorFailed, .withdrawn,
            .unwanted, .holdEnded, .resolvedAsSucceeded, .unreachableTooLong:
            .stay
        }
    }

    private func onOver(_ cause: ChargeCause) -> Step<ChargeState, ChargeAction> {
        switch cause {
        case .attempted, .resolvedAsNotReceived: .refuse("the charge is over (\(rawValue))")
        case .succeeded: .move(to: .succeeded, .chargeSucceeded, [.bookSuccess])
        case .resolvedAsSucceeded: .move(to: .succeeded, .chargeResolved, [.bookSuccess])
        case .declined, .actionNeeded, .accepted, .lost, .operatorFailed, .withdrawn, .unwanted,
            .holdEnded, .unreachableTooLong:
            .stay
        }
    }
}
