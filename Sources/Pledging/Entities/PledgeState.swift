package enum PledgeState: String, CaseIterable, Sendable {
    case pending, active, pastDue, paused, completed, cancelled, lapsed, abandoned

    /// Over for good; giving again is a new pledge.
    package var isFinal: Bool {
        switch self {
        case .pending, .active, .pastDue, .paused: false
        case .completed, .cancelled, .lapsed, .abandoned: true
        }
    }

    /// Whether anything may be taken.
    package var mayBeCharged: Bool {
        switch self {
        case .pending, .active, .pastDue: true
        case .paused, .completed, .cancelled, .lapsed, .abandoned: false
        }
    }
}

/// What can happen to a pledge.
package enum PledgeCause: Hashable, Sendable {
    /// A charge went through; a one-off is complete with it.
    case chargeSucceeded(Interval)
    /// A charge was declined or wants the reader to act.
    case chargeFailed
    /// No first charge within the time that a pending pledge has.
    case waitedTooLong
    /// The grace after a failed charge is over.
    case graceEnded
    case pauseAsked
    /// The pause is over, by time or by wish.
    case resumeDue(methodIsUsable: Bool)
    case cancelAsked

    /// Every cause once for each value it carries, for tables.
    package static let all: [PledgeCause] =
        Interval.allCases.map { .chargeSucceeded($0) } + [
            .chargeFailed, .waitedTooLong, .graceEnded, .pauseAsked,
            .resumeDue(methodIsUsable: true), .resumeDue(methodIsUsable: false), .cancelAsked,
        ]

    /// Hours that a pending pledge waits for its first successful charge.
    package static let pendingHours: Int64 = 8
    /// The longest pause.
    package static let pauseMaximumMonths = 12
}

package enum PledgeAction: Hashable, Sendable {
    /// What was promised about this pledge (notices, pause endings) is no longer wanted.
    case cancelReminders
    /// A one-off's token has done its work.
    case dropMethod
}

extension PledgeState {
    package func on(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch self {
        case .pending: onPending(cause)
        case .active: onActive(cause)
        case .pastDue: onPastDue(cause)
        case .paused: onPaused(cause)
        case .completed, .lapsed, .abandoned: onOver(cause)
        case .cancelled:
            // Leaving twice is leaving once: the second click is no error.
            if case .cancelAsked = cause { .stay } else { onOver(cause) }
        }
    }

    private func onPending(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded(.once): .move(to: .completed, .pledgeCompleted, [.dropMethod])
        case .chargeSucceeded(.month), .chargeSucceeded(.year):
            .move(to: .active, .pledgeActivated)
        case .chargeFailed, .graceEnded: .stay
        case .waitedTooLong:
            .move(to: .abandoned, .pledgeAbandoned, [.cancelReminders, .dropMethod])
        case .pauseAsked: .refuse("the pledge has not begun; cancel it instead")
        case .resumeDue: .refuse("the pledge is not paused")
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onActive(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded, .waitedTooLong, .graceEnded: .stay
        case .chargeFailed: .move(to: .pastDue, .pledgePastDue)
        case .pauseAsked: .move(to: .paused, .pledgePaused, [.cancelReminders])
        case .resumeDue: .refuse("the pledge is not paused")
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onPastDue(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded: .move(to: .active, .pledgeActivated)
        case .chargeFailed, .waitedTooLong: .stay
        case .graceEnded: .move(to: .lapsed, .pledgeLapsed, [.cancelReminders])
        case .pauseAsked: .move(to: .paused, .pledgePaused, [.cancelReminders])
        case .resumeDue: .refuse("the pledge is not paused")
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onPaused(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        // A late success is booked; the reader's pause stands.
        case .chargeSucceeded, .chargeFailed, .waitedTooLong, .graceEnded: .stay
        case .pauseAsked: .refuse("the pledge is paused already; resume it first")
        case .resumeDue(methodIsUsable: true):
            .move(to: .active, .pledgeResumed, [.cancelReminders])
        case .resumeDue(methodIsUsable: false):
            .move(to: .pastDue, .pledgePastDue, [.cancelReminders])
        case .cancelAsked: .move(to: .cancelled, .pledgeCancelled, [.cancelReminders])
        }
    }

    private func onOver(_ cause: PledgeCause) -> Step<PledgeState, PledgeAction> {
        switch cause {
        case .chargeSucceeded, .chargeFailed, .waitedTooLong, .graceEnded: .stay
        case .pauseAsked, .resumeDue, .cancelAsked:
            .refuse("the pledge is over (\(rawValue)); giving again is a new pledge")
        }
    }
}
