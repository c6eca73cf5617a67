/// The facts about a pledge whose charge is due; `decision` follows from them alone.
package struct DueCharge: Hashable, Sendable {
    /// The state of the notice that must precede some charges.
    package enum Notice: Hashable, Sendable {
        case notNeeded
        /// The mail transport accepted it on that day.
        case given(CivilDate)
        /// The mail was not sent, or cannot be.
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
        /// No method can be charged: the charge is declined without a call, and dunning begins.
        case declineWithoutMethod
        /// A safety check stopped it; it is decided again from that day on.
        case hold(HoldReason, until: CivilDate)
        case skip(ChargeSkipReason)
    }

    package var dueOn: CivilDate
    /// The last day on which it may still be announced, late or anew; nil if it is not.
    package var announcedThrough: CivilDate?
    /// The day in the newsroom's zone.
    package var today: CivilDate
    package var methodIsUsable: Bool
    package var isRefused: Bool
    package var notice: Notice
    package var previous: Previous?
    /// The day of the last payment, and how many months it paid for.
    package var lastPaid: Previous?
    /// Whether it was tried before. If so, dunning ends it, and it is never too late.
    package var wasTried: Bool

    package init(
        dueOn: CivilDate, announcedThrough: CivilDate? = nil, today: CivilDate,
        methodIsUsable: Bool = true, isRefused: Bool = false, notice: Notice = .notNeeded,
        previous: Previous? = nil, lastPaid: Previous? = nil,
        wasTried: Bool = false
    ) {
        self.dueOn = dueOn
        self.announcedThrough = announcedThrough
        self.today = today
        self.methodIsUsable = methodIsUsable
        self.isRefused = isRefused
        self.notice = notice
        self.previous = previous
        self.lastPaid = lastPaid
        self.wasTried = wasTried
    }

    /// What becomes of a due charge. A held charge is decided again.
    package var decision: Decision {
        switch notice {
        case .undeliverable: return .skip(.noticeUndeliverable)
        case .given, .notNeeded, .missing: break
        }
        if !wasTried, isTooLate {
            return canBeAnnounced
                ? .hold(.noticeMissing, until: today.adding(days: 1)) : .skip(.tooLate)
        }
        // The notice is on its way, was not requested yet, or is too recent.
        if notice == .missing { return .hold(.noticeMissing, until: today.adding(days: 1)) }
        if today < chargeableFrom { return .hold(.noticeMissing, until: chargeableFrom) }
        if isRefused { return .hold(.refusedByPolicy, until: today.adding(days: 1)) }
        let allowed = [
            previous.map { $0.dueOn.adding(days: DueCharge.dueGapDays * $0.months) },
            lastPaid.map { $0.dueOn.adding(days: DueCharge.paidGapDays * $0.months) },
        ].compactMap { $0 }.max()
        if let allowed, allowed > today {
            // The charge must be skipped once it is too late, even if it would be held for longer.
            let tooLate = chargeableFrom.adding(days: DueCharge.catchUpDays + 1)
            return .hold(.tooSoon, until: wasTried ? allowed : min(allowed, tooLate))
        }
        return methodIsUsable ? .collect : .declineWithoutMethod
    }

    /// The first day on which it may be charged. A late notice moves this day, but not the anchor.
    private var chargeableFrom: CivilDate {
        guard case .given(let day) = notice else { return dueOn }
        return max(dueOn, day.adding(days: DueCharge.noticeDays))
    }

    private var isTooLate: Bool {
        today > chargeableFrom.adding(days: DueCharge.catchUpDays)
    }

    /// Whether it may be announced, though it is too late for a charge without a new notice: an
    /// outage must not give up a whole year.
    private var canBeAnnounced: Bool {
        notice != .notNeeded && announcedThrough.map { today <= $0 } ?? false
    }

    /// Returns the facts as they will be once a missing notice has left, in a plan that begins on
    /// `first`.
    package func announced(since first: CivilDate) -> DueCharge {
        guard notice == .missing || (!wasTried && isTooLate && canBeAnnounced) else { return self }
        var announced = self
        announced.notice = .given(max(first, dueOn.adding(days: -DueCharge.noticeSentDays)))
        return announced
    }

    /// Returns the days after the due date of a charge for so many months through which it is
    /// announced, late or anew. A charge for a month or two gives way to the next one.
    package static func announcedThroughDays(months: Int) -> Int {
        months >= longMonths ? lateNoticeMaximumDays - noticeDays : catchUpDays
    }

    /// Charges for at least so many months may be late by `lateNoticeMaximumDays`.
    package static let longMonths = 3
    /// Days by which a late notice may move a charge that pays for a long time.
    package static let lateNoticeMaximumDays = 60
    /// Days after the due date within which a charge that an outage delayed is still made; later it
    /// is skipped.
    package static let catchUpDays = 15
    /// Minimum days between the acceptance of a notice and its charge.
    package static let noticeDays = 10
    /// Days before a charge at which its notice goes out.
    package static let noticeSentDays = 14
    /// Minimum days between two due dates of one pledge, for each month that the first one pays
    /// for.
    package static let dueGapDays = 23
    /// Minimum days between two payments of one pledge, for each month that the first one pays for.
    package static let paidGapDays = 10
}

/// Why a charge is held.
package enum HoldReason: String, CaseIterable, Sendable {
    /// Too soon after the charge or payment before.
    case tooSoon
    /// The newsroom's policy refuses money from the reader's country.
    case refusedByPolicy
    case noticeMissing
    /// It would pass the day's ceiling of its currency.
    case ceilingReached
    /// The run was stopped before it was sent.
    case runStopped
    /// The reader gave again, and was asked whether to keep both.
    case gaveAgain
}

/// Why a period is not charged.
package enum ChargeSkipReason: String, CaseIterable, Sendable {
    case tooLate, noticeUndeliverable
    /// A retry was missed until the next period was due, which is tried instead.
    case nextPeriodDue
}
