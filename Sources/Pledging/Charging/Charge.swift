/// One collection of money for a pledge: for one period, or for several in advance. Its pledge and
/// its first period identify it.
package struct Charge: Identified, Hashable, Sendable {
    package static let idPrefix = "chg"

    package let id: ID<Charge>
    package let pledgeID: ID<Pledge>
    package let supporterID: ID<Supporter>
    /// The first of the periods that it pays for: 1, 2, 3 … in its pledge.
    package let firstPeriod: Int
    /// How many periods it pays for.
    package let periodCount: Int
    /// The amount for all of its periods. A new attempt takes less if the pledge was lowered since.
    package var amount: Money
    /// The day on which it is due; later dates are counted from it.
    package let dueOn: CivilDate
    package var state: ChargeState
    /// A decline code, or the reason why it is held, skipped or closed.
    package var reason: String?
    /// The number of the last attempt; 0 before the first.
    package var attempts: Int
    /// The day of the first attempt, or of the decline without a call. Dunning counts from it.
    package var firstAttemptOn: CivilDate?
    /// When it must be handled again (a retry, a question to the processor, the end of a hold); nil
    /// while only an event, or the end of its pledge, can change it.
    package var nextStepAt: Instant?
    /// The processor of its last attempt or payment. Nil before the first attempt, and for a
    /// payment that arrived another way.
    package var processor: String?
    /// The processor's id of the payment that succeeded.
    package var remoteID: String?
    package var paidAt: Instant?
    package var settlement: Settlement?
    /// The amount refunded, or taken back by a lost dispute, in minor units of `amount`'s currency.
    package var refundedMinor: Int64
    /// An operator's note; stored sealed.
    package var note: String?
    package var version: Int64
    package let createdAt: Instant

    package init(
        id: ID<Charge>, pledgeID: ID<Pledge>, supporterID: ID<Supporter>, firstPeriod: Int,
        periodCount: Int = 1, amount: Money, dueOn: CivilDate, state: ChargeState,
        reason: String? = nil, attempts: Int = 0, firstAttemptOn: CivilDate? = nil,
        nextStepAt: Instant? = nil, processor: String? = nil, remoteID: String? = nil,
        paidAt: Instant? = nil, settlement: Settlement? = nil, refundedMinor: Int64 = 0,
        note: String? = nil, version: Int64 = 1, createdAt: Instant
    ) {
        self.id = id
        self.pledgeID = pledgeID
        self.supporterID = supporterID
        self.firstPeriod = firstPeriod
        self.periodCount = periodCount
        self.amount = amount
        self.dueOn = dueOn
        self.state = state
        self.reason = reason
        self.attempts = attempts
        self.firstAttemptOn = firstAttemptOn
        self.nextStepAt = nextStepAt
        self.processor = processor
        self.remoteID = remoteID
        self.paidAt = paidAt
        self.settlement = settlement
        self.refundedMinor = refundedMinor
        self.note = note
        self.version = version
        self.createdAt = createdAt
    }

    /// Returns what a further attempt takes: never more than its periods cost by the present
    /// pledge.
    package func amount(owedBy pledge: Pledge) -> Money {
        let (now, isTooMuch) = pledge.amount.minorUnits.multipliedReportingOverflow(
            by: Int64(periodCount))
        guard !isTooMuch, pledge.amount.currency == amount.currency else { return amount }
        return Money(minorUnits: min(amount.minorUnits, now), currency: amount.currency)
    }

    /// Returns the first day on which the next charge may be made if this one was paid on `day`.
    package func earliestNext(paidOn day: CivilDate) -> CivilDate {
        day.adding(days: DueCharge.paidGapDays * periodCount)
    }

    /// Whether it is held until its reader, who gave again, says whether to keep both pledges.
    package var awaitsAnswer: Bool { reason == HoldReason.gaveAgain.rawValue }

    /// The data of an event about the charge, or about an extra payment beside it, without personal
    /// data.
    package func eventData(
        previous: ChargeState? = nil, about extra: ExtraPayment? = nil
    ) -> JSON {
        .members([
            "charge_id": .string(id.text), "pledge_id": .string(pledgeID.text),
            "supporter_id": .string(supporterID.text), "period": .integer(Int64(firstPeriod)),
            "periods": .integer(Int64(periodCount)), "amount": amount.json,
            "due_on": .string(dueOn.description), "state": .string(state.rawValue),
            "previous_state": previous.map { .string($0.rawValue) },
            "reason": reason.map { .string($0) }, "attempt": .integer(Int64(attempts)),
            "processor": processor.map { .string($0) },
            "refunded": refundedMinor == 0
                ? nil : Money(minorUnits: refundedMinor, currency: amount.currency).json,
            "extra_payment": extra?.eventData,
        ])
    }
}

/// The fee that a processor kept of one payment and the net that it passes on, in the currency in
/// which it settles. Pledges need not be possible in that currency.
package struct Settlement: Hashable, Sendable {
    package let feeMinor: Int64
    package let netMinor: Int64
    /// ISO 4217.
    package let currency: String
    /// The processor's id of the transfer to the newsroom's bank that contained the net; nil until
    /// it is known.
    package let payoutID: String?

    package init(feeMinor: Int64, netMinor: Int64, currency: String, payoutID: String? = nil) {
        self.feeMinor = feeMinor
        self.netMinor = netMinor
        self.currency = currency
        self.payoutID = payoutID
    }
}
