/// A reader's promise to give an amount, once or at an interval.
package struct Pledge: Identified, Hashable, Sendable {
    package static let idPrefix = "plg"

    package let id: ID<Pledge>
    package let supporterID: ID<Supporter>
    package var paymentMethodID: ID<PaymentMethod>?
    package var amount: Money
    package var interval: Interval
    /// Periods that one charge pays for in advance: 1, 3, 6 or 12; more than one only with a
    /// monthly pledge.
    package var collectEvery: Int
    /// Whether the next charge may be taken only if it was announced in time.
    package var needsNotice: Bool
    package var receipts: Receipts
    package var state: PledgeState
    package var anchor: Anchor
    package let startedOn: CivilDate
    /// When the next charge is due; nil once the pledge is over.
    package var nextChargeOn: CivilDate?
    /// The number of the next charge's first period: 1, 2, 3 …
    package var nextPeriod: Int
    package var pausedUntil: CivilDate?
    /// While paused: the date on which the next charge was due when the pause began. No charge is
    /// made before it.
    package var dueBeforePause: CivilDate?
    package var lastChargedOn: CivilDate?
    package var chargesSucceeded: Int
    /// Net of refunds, in the pledge's own currency.
    package var totalGiven: Money
    package var cancellation: Cancellation?
    package var predecessorID: ID<Pledge>?
    /// Where the pledge came from, as the page that sent it states; stored sealed.
    package var source: String?
    package var version: Int64
    package var endedAt: Instant?
    package let createdAt: Instant

    package init(
        id: ID<Pledge>, supporterID: ID<Supporter>, paymentMethodID: ID<PaymentMethod>?,
        amount: Money, interval: Interval, collectEvery: Int = 1, needsNotice: Bool = false,
        receipts: Receipts = .each, state: PledgeState, anchor: Anchor, startedOn: CivilDate,
        nextChargeOn: CivilDate?, nextPeriod: Int = 1, pausedUntil: CivilDate? = nil,
        dueBeforePause: CivilDate? = nil,
        lastChargedOn: CivilDate? = nil, chargesSucceeded: Int = 0,
        totalGiven: Money? = nil, cancellation: Cancellation? = nil,
        predecessorID: ID<Pledge>? = nil, source: String? = nil, version: Int64 = 1,
        endedAt: Instant? = nil, createdAt: Instant
    ) {
        self.id = id
        self.supporterID = supporterID
        self.paymentMethodID = paymentMethodID
        self.amount = amount
        self.interval = interval
        self.collectEvery = collectEvery
        self.needsNotice = needsNotice
        self.receipts = receipts
        self.state = state
        self.anchor = anchor
        self.startedOn = startedOn
        self.nextChargeOn = nextChargeOn
        self.nextPeriod = nextPeriod
        self.pausedUntil = pausedUntil
        self.dueBeforePause = dueBeforePause ?? (pausedUntil == nil ? nil : nextChargeOn)
        self.lastChargedOn = lastChargedOn
        self.chargesSucceeded = chargesSucceeded
        self.totalGiven = totalGiven ?? Money(minorUnits: 0, currency: amount.currency)
        self.cancellation = cancellation
        self.predecessorID = predecessorID
        self.source = source
        self.version = version
        self.endedAt = endedAt
        self.createdAt = createdAt
    }

    /// The data of an event about the pledge, without personal data and free text.
    package func eventData(previous: PledgeState? = nil) -> JSON {
        .members([
            "pledge_id": .string(id.text), "supporter_id": .string(supporterID.text),
            "payment_method_id": paymentMethodID.map { .string($0.text) },
            "amount": amount.json, "interval": .string(interval.rawValue),
            "collect_every": collectEvery == 1 ? nil : .integer(Int64(collectEvery)),
            "state": .string(state.rawValue),
            "previous_state": previous.map { .string($0.rawValue) },
            "next_charge_on": nextChargeOn.map { .string($0.description) },
            "paused_until": pausedUntil.map { .string($0.description) },
            "reason": cancellation.map { .string($0.reason.rawValue) },
            "cancelled_by": cancellation.map { .string($0.by.rawValue) },
            "predecessor_id": predecessorID.map { .string($0.text) },
        ])
    }
}

extension Pledge {
    /// How often the reader gets a receipt.
    package enum Receipts: String, CaseIterable, Sendable { case each, yearly }

    package static let collectEveryChoices = [1, 3, 6, 12]

    /// The amount of one charge.
    package var chargeAmount: Money {
        Money(minorUnits: amount.minorUnits * Int64(collectEvery), currency: amount.currency)
    }

    /// Months that one charge pays for; nil for a one-off.
    package var chargeMonths: Int? { interval.months.map { $0 * collectEvery } }

    /// Returns whether every charge must be announced, even if nothing changes: true for yearly
    /// pledges, for several months at once, and for monthly bank debits. A higher amount needs a
    /// notice as well.
    package func alwaysNeedsNotice(by kind: PaymentMethod.Kind?) -> Bool {
        switch interval {
        case .once: false
        case .year: true
        case .month: collectEvery > 1 || kind?.isDebit == true
        }
    }

    /// Returns the date of the charge after the one due on `due`, which pays for `periods` periods;
    /// for a one-off returns `due`, because it has no other charge.
    package func chargeDate(after due: CivilDate, periods: Int) -> CivilDate {
        var date = due
        for _ in 0..<periods {
            date = BillingCalendar.next(after: date, anchor: anchor, interval: interval) ?? date
        }
        return date
    }
}

extension Pledge {
    /// Returns whether the next charge is due. A one-off has only one charge.
    package func isDue(on today: CivilDate) -> Bool {
        guard state.mayBeCharged, let nextChargeOn, nextChargeOn <= today else { return false }
        return interval != .once || nextPeriod == 1
    }

    /// Returns the due date of a period that is not charged yet; nil for an earlier one, and once
    /// the pledge is over.
    package func date(ofPeriod period: Int) -> CivilDate? {
        guard let nextChargeOn, period >= nextPeriod else { return nil }
        return chargeDate(after: nextChargeOn, periods: period - nextPeriod)
    }

    /// Returns the pledge once its next `periods` have a charge. A payment during a pause pays for
    /// the periods that were due when the pause began; the day on which the pause ends stays,
    /// unless they reach beyond it.
    package func advanced(by periods: Int) -> Pledge {
        var advanced = self
        advanced.nextPeriod += periods
        if let before = dueBeforePause {
            let paidThrough = chargeDate(after: before, periods: periods)
            advanced.dueBeforePause = paidThrough
            advanced.nextChargeOn = nextChargeOn.map { max($0, paidThrough) }
        } else {
            advanced.nextChargeOn = nextChargeOn.map { chargeDate(after: $0, periods: periods) }
        }
        return advanced
    }

    /// Whether `new`, of the same reader, replaces this pledge, which has failed since
    /// `failingSince`: it is a like promise, made since, and it was paid.
    package func isReplaced(by new: Pledge, failingSince: Instant) -> Bool {
        state == .pastDue && new.state == .active && new.chargesSucceeded > 0
            && new.interval == interval && new.amount.currency == amount.currency
            && new.createdAt > failingSince && new.id != id
    }

    /// Returns the date of the next charge of a pledge that was given up, and whose last charge was
    /// paid on `day` after all: the first anchor date after what it pays for, at least
    /// `DueCharge.dueGapDays` on. Nil for a one-off.
    package func revivedChargeDate(after charge: Charge, paidOn day: CivilDate) -> CivilDate? {
        let paidThrough = chargeDate(after: charge.dueOn, periods: charge.periodCount)
        return BillingCalendar.firstAnchorDate(
            onOrAfter: max(paidThrough, day.adding(days: DueCharge.dueGapDays)), anchor: anchor,
            interval: interval)
    }

    /// Whether a payment ever came for it, here or where it was imported from.
    package var hasBegun: Bool {
        chargesSucceeded > 0 || lastChargedOn != nil
            || startedOn.adding(days: 1) < createdAt.utcDate
    }

    /// The date of the next charge, as the receipt of a payment states it; nil if none will follow.
    package var receiptNextChargeOn: CivilDate? {
        switch state {
        case .pending, .active, .pastDue: interval == .once ? nil : nextChargeOn
        case .paused: nextChargeOn
        case .completed, .cancelled, .lapsed, .abandoned: nil
        }
    }

    /// Returns the pledge in the state `next`, in its next version. Ends a pause unless `next` is
    /// `paused`; a final state clears the next charge's date and sets `endedAt`.
    package func entering(_ next: PledgeState, at now: Instant) -> Pledge {
        var moved = self
        moved.state = next
        moved.version += 1
        if next != .paused {
            moved.pausedUntil = nil
            moved.dueBeforePause = nil
        }
        if next.isFinal {
            moved.nextChargeOn = nil
            moved.endedAt = now
        } else {
            moved.endedAt = nil
        }
        return moved
    }

    /// Returns the pledge with a payment added to its totals, as the book's SQL adds it. Its
    /// version stays the same.
    package func counting(_ amount: Money, on day: CivilDate, needsNotice: Bool) -> Pledge {
        var counted = self
        counted.chargesSucceeded += 1
        counted.totalGiven = Money(
            minorUnits: totalGiven.minorUnits + amount.minorUnits, currency: totalGiven.currency)
        counted.lastChargedOn = max(lastChargedOn ?? day, day)
        counted.needsNotice = needsNotice
        return counted
    }
}

/// Why a pledge was cancelled, from a closed list, and by whom.
package struct Cancellation: Hashable, Sendable {
    package enum Reason: String, CaseIterable, Sendable {
        case cannotAfford = "cannot_afford"
        case otherCause = "other_cause"
        case dissatisfied, privacy, mistake, duplicate, revoked, other
    }

    package enum Party: String, CaseIterable, Sendable { case supporter, staff, processor }

    package let reason: Reason
    package let by: Party
    /// The reader's own words, with `other` only; stored sealed.
    package let note: String?

    package init(reason: Reason, by: Party, note: String? = nil) {
        self.reason = reason
        self.by = by
        self.note = note
    }

    package static let noteMaximumCharacters = 500
}
