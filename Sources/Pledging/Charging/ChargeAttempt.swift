/// One call to the processor. Its idempotency key is committed before the call and is the same in
/// every copy of the book, so that a repeated call does not charge twice.
package struct ChargeAttempt: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case submitted, pending, actionRequired, unknown, succeeded, declined
        /// The call was never made.
        case withdrawn
    }

    package let chargeID: ID<Charge>
    /// Its number in the charge: 1, 2, 3 …
    package let number: Int
    package let paymentMethodID: ID<PaymentMethod>
    package let processor: String
    package var state: State
    /// The processor's decline code, or our own.
    package var code: String?
    package var remoteID: String?
    package let startedAt: Instant
    /// Whether another copy of the book made the call, and this one learned of it.
    package let isAdopted: Bool
    /// The end of the lease of the process that works on it; nil while none does.
    package var leasedUntil: Instant?
    /// How often the processor was asked about it since its answer was lost.
    package var questions: Int
    /// When the processor's list was first read without finding it, long enough after the call
    /// (`Dunning.listHours`).
    package var absentSince: Instant?

    package init(
        chargeID: ID<Charge>, number: Int, paymentMethodID: ID<PaymentMethod>, processor: String,
        state: State = .submitted, code: String? = nil, remoteID: String? = nil,
        startedAt: Instant, isAdopted: Bool = false, leasedUntil: Instant?, questions: Int = 0,
        absentSince: Instant? = nil
    ) {
        self.chargeID = chargeID
        self.number = number
        self.paymentMethodID = paymentMethodID
        self.processor = processor
        self.state = state
        self.code = code
        self.remoteID = remoteID
        self.startedAt = startedAt
        self.isAdopted = isAdopted
        self.leasedUntil = leasedUntil
        self.questions = questions
        self.absentSince = absentSince
    }
}

/// Identifies an attempt in the book and at the processor. It is stored there with the payment, and
/// suffices to find the payment or to record it again.
package struct ChargeReference: Hashable, Sendable {
    /// The book's id, because other books may use the same account.
    package let bookID: String
    package let chargeID: ID<Charge>
    package let pledgeID: ID<Pledge>
    package let firstPeriod: Int
    package let periodCount: Int
    package let attempt: Int

    package init(
        bookID: String, chargeID: ID<Charge>, pledgeID: ID<Pledge>, firstPeriod: Int,
        periodCount: Int, attempt: Int
    ) {
        self.bookID = bookID
        self.chargeID = chargeID
        self.pledgeID = pledgeID
        self.firstPeriod = firstPeriod
        self.periodCount = periodCount
        self.attempt = attempt
    }

    package init(_ charge: Charge, attempt: Int, bookID: String) {
        self.init(
            bookID: bookID, chargeID: charge.id, pledgeID: charge.pledgeID,
            firstPeriod: charge.firstPeriod, periodCount: charge.periodCount, attempt: attempt)
    }

    /// The idempotency key, `<pledge>:<period>:<n>`. It does not contain the charge's id, because a
    /// restored copy of the book gives the charge another one.
    package var key: String { "\(pledgeID.text):\(firstPeriod):\(attempt)" }
}
