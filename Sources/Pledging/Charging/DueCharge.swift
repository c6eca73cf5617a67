/// What is known of a pledge whose charge is due, and what becomes of it: decided by values alone.
package struct DueCharge: Hashable, Sendable {
    /// The notice that some charges must have had.
    package enum Notice: Hashable, Sendable {
        case notNeeded
        /// Accepted by the transport on that day.
        case given(CivilDate)
        /// The mail never left, or could not.
        case undeliverable
        case missing
    }

    /// The charge before this one.
    package struct Previous: Hashable, Sendable {
        package let dueOn: CivilDate
        package let months: Int

        package init(dueOn: CivilDate, months: Int) {
            self.dueOn = dueOn
            self.months = months
        }
    }

    package enum Decision: Hashable, Sendable {
        case collect
        /// Nothing can be collected by: declined without a call, and dunning begins.
        case declineWithoutMethod
        /// A net stopped it; looked at again from that day on.
        case hold(HoldReason, until: CivilDate)
        case skip(ChargeSkipReason)
    }

    package var dueOn: CivilDate
    /// The day in the newsroom's zone.
    package var today: CivilDate
    package var methodIsUsable: Bool
    package var isRefused: Bool
    package var notice: Notice
    package var previous: Previous?
    /// When money last came, and how many months that paid for.
    package var lastPaid: Previous?
    /// It was tried before: dunning has its own end, and nothing is too late for it.
    package var wasTried: Bool

    package init(
        dueOn: CivilDate, today: CivilDate, methodIsUsable: Bool = true, isRefused: Bool = false,
        notice: Notice = .notNeeded, previous: Previous? = nil, lastPaid: Previous? = nil,
        wasTried: Bool = false
    ) {
        self.dueOn = dueOn
        self.today = today
        self.methodIsUsable = methodIsUsable
        self.isRefused = isRefused
        self.notice = notice
        self.previous = previous
        self.lastPaid = lastPaid
        self.wasTried = wasTried
    }

    /// What a charge that is due becomes; asked again for one that is held.
    package var decision: Decision {
        switch notice {
        case .undeliverable: return .skip(.noticeUndeliverable)
        case .given, .notNeeded, .missing: break
        }
        guard wasTried || today <= chargeableFrom.adding(days: DueCharge.catchUpDays) else {
            return .skip(.tooLate)
        }
        // Its notice is on the way, or was not asked for yet, or is too fresh.
        if notice == .missing { return .hold(.noticeMissing, until: today.adding(days: 1)) }
        if today < chargeableFrom { return .hold(.noticeMissing, until: chargeableFrom) }
        if isRefused { return .hold(.refusedByPolicy, until: today.adding(days: 1)) }
        let allowed = [
            previous.map { $0.dueOn.adding(days: DueCharge.dueGapDays * $0.months) },
            lastPaid.map { $0.dueOn.adding(days: DueCharge.paidGapDays * $0.months) },
        ].compactMap { $0 }.max()
        if let allowed, allowed > today {
            // It is skipped on the day on which it is too late, not when the net would let it go.
            let tooLate = chargeableFrom.adding(days: DueCharge.catchUpDays + 1)
            return .hold(.tooSoon, until: wasTried ? allowed : min(allowed, tooLate))
        }
        return methodIsUsable ? .collect : .declineWithoutMethod
    }

    /// A late notice moves the charge, not the anchor.
    private var chargeableFrom: CivilDate {
        guard case .given(let day) = notice else { return dueOn }
        return max(dueOn, day.adding(days: DueCharge.noticeDays))
    }

    /// Days within which an outage is caught up; what is older is skipped.
    package static let catchUpDays = 15
    /// Days between the acceptance of a notice and its charge, at least.
    package static let noticeDays = 10
    /// Days before a charge at which its notice goes out.
    package static let noticeSentDays = 14
    /// Days between two due dates of one pledge, for each month that the first one pays for.
    package static let dueGapDays = 23
    /// Days between two payments of one pledge, for each month that the first one pays for.
    package static let paidGapDays = 10
}

/// Why a charge waits.
package enum HoldReason: String, CaseIterable, Sendable {
    /// Too near to the charge or the payment before.
    case tooSoon
    /// The newsroom's policy takes nothing from where the reader is.
    case refusedByPolicy
    case noticeMissing
    /// The run was stopped before it was sent.
    case runStopped
}

/// Why a period was never charged.
package enum ChargeSkipReason: String, CaseIterable, Sendable {
    case tooLate, noticeUndeliverable
}
