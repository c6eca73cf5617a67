/// One collection of a pledge: one period, or several in advance. Its first period names it.
package struct Charge: Identified, Hashable, Sendable {
    package static let idPrefix = "chg"

    package let id: ID<Charge>
    package let pledgeID: ID<Pledge>
    package let supporterID: ID<Supporter>
    /// The first of the periods that it pays for: 1, 2, 3 … of its pledge.
    package let firstPeriod: Int
    /// How many periods it pays for.
    package let periodCount: Int
    /// For all of its periods; fixed when the charge was made.
    package let amount: Money
    /// When it should have run; later dates are counted from here.
    package let dueOn: CivilDate
    package var state: ChargeState
    /// A decline code, or why it is held, skipped or closed.
    package var reason: String?
    /// The number of the last attempt; 0 before the first.
    package var attempts: Int
    /// The day of the first attempt, or of what stood for it: dunning counts from here.
    package var firstAttemptOn: CivilDate?
    /// When it is looked at again (a retry, a question to the processor, the end of a hold); nil
    /// while only an event, or the end of its pledge, moves it on.
    package var nextStepAt: Instant?
    /// Who has or had it; nil before the first attempt.
    package var processor: String?
    /// The processor's name for the payment that succeeded.
    package var remoteID: String?
    package var paidAt: Instant?
    package var settlement: Settlement?
    /// Given back, or taken back by a lost dispute, in minor units of the amount.
    package var refundedMinor: Int64
    /// An operator's words about it; stored sealed.
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

    /// For events: no personal data.
    package func eventData(previous: ChargeState? = nil) -> JSON {
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
        ])
    }
}

/// What a processor kept and passed on of one payment, in the currency that it settles in, which
/// need not be one that pledges are taken in.
package struct Settlement: Hashable, Sendable {
    package let feeMinor: Int64
    package let netMinor: Int64
    /// ISO 4217.
    package let currency: String
    /// The transfer to the newsroom's bank that the net went with; nil until it is known.
    package let payoutID: String?

    package init(feeMinor: Int64, netMinor: Int64, currency: String, payoutID: String? = nil) {
        self.feeMinor = feeMinor
        self.netMinor = netMinor
        self.currency = currency
        self.payoutID = payoutID
    }

    /// Decimal places of a currency that a processor settles in.
    package static func exponent(of currency: String) -> Int { Currency.exponent(of: currency) }
}
