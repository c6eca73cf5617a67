/// What a change of a charge's state means for its pledge, its method and its reader. It is
/// computed from facts that were read once, and is written once.
package struct ChargeConsequences: Hashable, Sendable {
    /// A payment, which the pledge counts.
    package struct Payment: Hashable, Sendable {
        /// The day on which it arrived, in the newsroom's zone.
        package let day: CivilDate
        /// Whether the pledge's next charge must be announced.
        package let needsNotice: Bool
    }

    package enum Method: Hashable, Sendable {
        case move(PaymentMethodCause)
        /// The reader revoked the permission at the bank: the method is dead, and all its pledges
        /// end.
        case revoke
    }

    package var payment: Payment?
    package var sendsReceipt = false
    /// The pledge was given up and goes on, and the receipt says so.
    package var revives: Bool { if case .paidAfterAll = pledge { true } else { false } }
    /// Reminders about the charge, such as a mail about its failure, are no longer wanted.
    package var cancelsReminders = false
    package var pledge: PledgeCause?
    /// The payment came after the pledge had ended, and the pledge stays over: it is not owed.
    package var isAfterEnd = false
    package var method: Method?
    /// The pledge is paused or over, so the charge is not tried again.
    package var callsOffCharge = false

    private init() {}
}

extension ChargeConsequences {
    /// The facts that decide what follows from a payment.
    package struct Success: Sendable {
        /// The charge as it is now: paid.
        package let charge: Charge
        package let former: ChargeState
        /// The pledge as it was before the payment.
        package let pledge: Pledge
        package let day: CivilDate
        package let needsNotice: Bool
        /// Another charge of the pledge waits for the reader or for dunning.
        package let owesAnother: Bool
        /// The newsroom's policy for the reader; nil if the reader was forgotten.
        package let policy: RiskPolicy?
        /// What a pledge needs to go on after it was given up: the reader has given no newer one,
        /// gets mail, and has a method that can be charged.
        package let mayGoOn: Bool

        package init(
            charge: Charge, former: ChargeState, pledge: Pledge, day: CivilDate,
            needsNotice: Bool, owesAnother: Bool, policy: RiskPolicy?, mayGoOn: Bool
        ) {
            self.charge = charge
            self.former = former
            self.pledge = pledge
            self.day = day
            self.needsNotice = needsNotice
            self.owesAnother = owesAnother
            self.policy = policy
            self.mayGoOn = mayGoOn
        }

        /// Whether the pledge was given up for want of this payment, and goes on with it.
        fileprivate var revives: Bool {
            guard let policy, policy != .refuse, mayGoOn else { return false }
            return (pledge.state == .lapsed || pledge.state == .abandoned)
                && charge.firstPeriod + charge.periodCount >= pledge.nextPeriod
        }

        /// Whether the money was taken after the pledge had ended.
        fileprivate var isPaidAfterEnd: Bool {
            guard let endedAt = pledge.endedAt, let paidAt = charge.paidAt else { return false }
            return paidAt > endedAt
        }
    }

    package init(_ facts: Success) {
        payment = Payment(day: facts.day, needsNotice: facts.needsNotice)
        cancelsReminders = facts.former != .submitted || facts.charge.attempts > 1
        sendsReceipt = ChargeConsequences.wantsReceipt(facts)
        if facts.revives {
            // The reader must know at once that the pledge goes on.
            sendsReceipt = true
            pledge = .paidAfterAll(facts.pledge.interval)
            return
        }
        isAfterEnd = facts.isPaidAfterEnd
        // It is sent back, or a person decides: nobody is thanked for it.
        if isAfterEnd { sendsReceipt = false }
        // A late payment for an older period does not reactivate a pledge that owes a later one,
        // which would then never be collected.
        if facts.pledge.state != .active, !facts.owesAnother {
            pledge = .chargeSucceeded(facts.pledge.interval)
        }
    }

    /// Returns whether this payment gets its own receipt: each does unless the reader wants one a
    /// year. Where a mail could put the reader at risk, only the first does.
    private static func wantsReceipt(_ facts: Success) -> Bool {
        guard facts.pledge.receipts == .each, let policy = facts.policy else { return false }
        return policy == .allow || facts.pledge.chargesSucceeded == 0
    }

    /// Computes what a decline, or a bank's demand that the reader act, means for `pledge` and for
    /// the method that was tried.
    package init(declined decline: Decline, pledge known: Pledge) {
        if !known.state.isFinal { pledge = .chargeFailed(known.interval) }
        switch decline.bucket {
        case .hard: method = .move(.hardDeclined)
        case .revoked: method = .revoke
        case .needsSupporter:
            if decline.code == Decline.expiredCard { method = .move(.foundExpired) }
        case .soft, .operator, .impossible, .unknownOutcome: break
        }
        // By the time of a late answer the pledge may be paused or over.
        callsOffCharge = !known.state.mayBeCharged
    }
}
