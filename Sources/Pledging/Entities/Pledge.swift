/// A standing promise to give: an amount, an interval, a state.
package struct Pledge: Identified, Hashable, Sendable {
    package static let idPrefix = "plg"

    package let id: ID<Pledge>
    package let supporterID: ID<Supporter>
    package var paymentMethodID: ID<PaymentMethod>?
    package var amount: Money
    package var interval: Interval
    /// Periods that one charge pays for, in advance: 1, 3, 6 or 12; more than one with monthly
    /// pledges alone.
    package var collectEvery: Int
    /// The next charge is not taken unless it was announced in time.
    package var needsNotice: Bool
    package var receipts: Receipts
    package var state: PledgeState
    package var anchor: Anchor
    package let startedOn: CivilDate
    /// When the next charge is due; nil once the pledge is over.
    package var nextChargeOn: CivilDate?
    /// The number that names the next charge: 1, 2, 3 …
    package var nextPeriod: Int
    package var pausedUntil: CivilDate?
    /// While paused: the charge that was due next when the pause began. None comes before it.
    package var dueBeforePause: CivilDate?
    package var lastChargedOn: CivilDate?
    package var chargesSucceeded: Int
    /// Net of refunds, in the pledge's own currency.
    package var totalGiven: Money
    package var cancellation: Cancellation?
    package var predecessorID: ID<Pledge>?
    /// Where the pledge came from, as the page that sent it says; stored sealed.
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

    /// For events: no personal data, no free text.
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
    /// When the reader hears of money that was taken.
    package enum Receipts: String, CaseIterable, Sendable { case each, yearly }

    package static let collectEveryChoices = [1, 3, 6, 12]

    /// What one charge takes.
    package var chargeAmount: Money {
        Money(minorUnits: amount.minorUnits * Int64(collectEvery), currency: amount.currency)
    }

    /// Months that one charge pays for; nil for a one-off.
    package var chargeMonths: Int? { interval.months.map { $0 * collectEvery } }

    /// Whether every charge must be announced, whatever changed: a yearly one, several months at
    /// once, any bank debit. A rise needs its notice besides.
    package func alwaysNeedsNotice(by kind: PaymentMethod.Kind?) -> Bool {
        switch interval {
        case .once: false
        case .year: true
        case .month: collectEvery > 1 || kind?.isDebit == true
        }
    }

    /// The date of the charge after the one that is due, which pays for `periods`; for a one-off
    /// the same date, because it has no other.
    package func chargeDate(after due: CivilDate, periods: Int) -> CivilDate {
        var date = due
        for _ in 0..<periods {
            date = BillingCalendar.next(after: date, anchor: anchor, interval: interval) ?? date
        }
        return date
    }
}

extension Pledge {
    /// Whether its next charge has come. A one-off has one.
    package func isDue(on today: CivilDate) -> Bool {
        guard state.mayBeCharged, let nextChargeOn, nextChargeOn <= today else { return false }
        return interval != .once || nextPeriod == 1
    }

    /// When a period that has not come yet is due; nil for one that is past, and once the pledge is
    /// over.
    package func date(ofPeriod period: Int) -> CivilDate? {
        guard let nextChargeOn, period >= nextPeriod else { return nil }
        return chargeDate(after: nextChargeOn, periods: period - nextPeriod)
    }

    /// The charge after one that was paid, as a receipt names it; nil where none will come.
    package var receiptNextChargeOn: CivilDate? {
        switch state {
        case .pending, .active, .pastDue: interval == .once ? nil : nextChargeOn
        case .paused: nextChargeOn
        case .completed, .cancelled, .lapsed, .abandoned: nil
        }
    }

    /// The pledge in its next version and state, with what every state has or lacks.
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
        }
        return moved
    }

    /// The pledge with a payment counted, as the book counts it; no version.
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
