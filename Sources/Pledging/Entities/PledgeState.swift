package enum PledgeState: String, CaseIterable, Sendable {
    case pending, active, pastDue, paused, completed, cancelled, lapsed, abandoned

    /// Whether the pledge is over. Giving again needs a new pledge.
    package var isFinal: Bool {
        switch self {
        case .pending, .active, .pastDue, .paused: false
        case .completed, .cancelled, .lapsed, .abandoned: true
        }
    }

    /// Whether charges may be made.
    package var mayBeCharged: Bool {
        switch self {
        case .pending, .active, .pastDue: true
        case .paused, .completed, .cancelled, .lapsed, .abandoned: false
        }
    }
}

/// What can happen to a pledge.
package enum PledgeCause: Hashable, Sendable {
    /// A charge succeeded; this completes a one-off.
    case chargeSucceeded(Interval)
    /// Its last charge turned out to be paid after the pledge was given up.
    case paidAfterAll(Interval)
    /// A charge was declined, or the reader has to act. A one-off is not tried again.
    case chargeFailed(Interval)
    /// No charge succeeded within `pendingHours`.
    case waitedTooLong
    /// The grace period after a failed charge is over.
    case graceEnded
    case pauseAsked
    /// The pause ended, by its date or by request.
    case resumeDue(methodIsUsable: Bool)
    case cancelAsked

    /// Every cause with each of its values, for table tests.
    package static let all: [PledgeCause] =
        Interval.allCases.map { .chargeSucceeded($0) }
        + Interval.allCases.map { .paidAfterAll($0) }
        + Interval.allCases.map { .chargeFailed($0) } + [
            .waitedTooLong, .graceEnded, .pauseAsked,
            .resumeDue(methodIsUsable: true), .resumeDue(methodIsUsable: false), .cancelAsked,
        ]

    /// Hours that a pending pledge waits for its first successful charge.
    package static let pendingHours: Int64 = 8
    /// The longest pause.
    package static let pauseMaximumMonths = 12
}

package enum PledgeAction: Hashable, Sendable {
    /// Reminders of this pledge (notices, ends of pauses) are no longer wanted.
    case cancelReminders
    /// The method's token is not needed for this pledge any more: it was a one-off, or never began.
    case dropMethod
    /// It ended because no payment came, and the reader is told.
    case tellEnd
}

extension PledgeState {
    /// Returns what `cause` does to a pledge in this state.
    package func on(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch self {
        case .pending: onPending(cause)
        case .active: onActive(cause)
        case .pastDue: onPastDue(cause)
        case .paused: onPaused(cause)
        case .lapsed, .abandoned: onGivenUp(cause)
        case .completed: onOver(cause)
        case .cancelled:
            // A second cancellation, such as a second click, is not an error.
            if case .cancelAsked = cause { .stay } else { onOver(cause) }
        }
    }

    private func onPending(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded(.once): .move(to: .completed, .pledgeCompleted, [.dropMethod])
        case .chargeSucceeded(.month), .chargeSucceeded(.year):
            .move(to: .active, .pledgeActivated)
        case .chargeFailed(.month), .chargeFailed(.year): .move(to: .pastDue, .pledgePastDue)
        case .chargeFailed(.once), .graceEnded, .paidAfterAll: .stay
        case .waitedTooLong:
            .move(to: .abandoned, .pledgeAbandoned, [.cancelReminders, .dropMethod, .tellEnd])
        case .pauseAsked: .refuse("the pledge has not begun; cancel it instead")
        case .resumeDue: .refuse("the pledge is not paused")
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onActive(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded, .waitedTooLong, .graceEnded, .paidAfterAll: .stay
        case .chargeFailed: .move(to: .pastDue, .pledgePastDue)
        case .pauseAsked: .move(to: .paused, .pledgePaused, [.cancelReminders])
        case .resumeDue: .refuse("the pledge is not paused")
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onPastDue(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded: .move(to: .active, .pledgeActivated)
        case .chargeFailed, .waitedTooLong, .paidAfterAll: .stay
        case .graceEnded: .move(to: .lapsed, .pledgeLapsed, [.cancelReminders, .tellEnd])
        case .pauseAsked: .move(to: .paused, .pledgePaused, [.cancelReminders])
        case .resumeDue: .refuse("the pledge is not paused")
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onPaused(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        // A late success is recorded, but the pause stays.
        case .chargeSucceeded, .chargeFailed, .waitedTooLong, .graceEnded, .paidAfterAll: .stay
        case .pauseAsked: .refuse("the pledge is paused already; resume it first")
        case .resumeDue(methodIsUsable: true):
            .move(to: .active, .pledgeResumed, [.cancelReminders])
        case .resumeDue(methodIsUsable: false):
            .move(to: .pastDue, .pledgePastDue, [.cancelReminders])
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onGivenUp(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .paidAfterAll(.once): .move(to: .completed, .pledgeCompleted)
        case .paidAfterAll(.month), .paidAfterAll(.year): .move(to: .active, .pledgeRevived)
        case .chargeSucceeded, .chargeFailed, .waitedTooLong, .graceEnded, .pauseAsked,
            .resumeDue, .cancelAsked:
            onOver(cause)
        }
    }

    private func onOver(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded, .chargeFailed, .waitedTooLong, .graceEnded, .paidAfterAll: .stay
        case .pauseAsked, .resumeDue, .cancelAsked:
            .refuse("the pledge is over (\(rawValue)); register a new pledge instead")
        }
    }
}
