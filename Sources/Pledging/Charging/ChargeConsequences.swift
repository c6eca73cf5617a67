/// What a move of a charge means for its pledge, its method and its reader: decided by values
/// alone, from facts that were read once, and written once.
package struct ChargeConsequences: Hashable, Sendable {
    /// Money came, which the pledge counts.
    package struct Payment: Hashable, Sendable {
        /// The newsroom's day on which it came.
        package let day: CivilDate
        /// Whether the pledge's next charge must be announced.
        package let needsNotice: Bool
    }

    package enum Method: Hashable, Sendable {
        case move(PaymentMethodCause)
        /// The reader's bank says that it is over: the method is dead, and all its pledges end.
        case revoke
    }

    package var payment: Payment?
    package var sendsReceipt = false
    /// What was promised about the charge, like a mail about its failure, is not wanted any more.
    package var cancelsReminders = false
    package var pledge: PledgeCause?
    package var method: Method?
    /// The pledge rests or is over: nothing is tried again.
    package var callsOffCharge = false

    private init() {}
}

extension ChargeConsequences {
    /// What decides about money that came.
    package struct Success: Sendable {
        /// As it is now: paid.
        package let charge: Charge
        package let former: ChargeState
        /// As it was before.
        package let pledge: Pledge
        package let day: CivilDate
        package let needsNotice: Bool
        /// Another charge of the pledge waits for the reader or for dunning.
        package let owesAnother: Bool
        /// The newsroom's policy for the reader; nil for one who was forgotten.
        package let policy: RiskPolicy?

        package init(
            charge: Charge, former: ChargeState, pledge: Pledge, day: CivilDate,
            needsNotice: Bool, owesAnother: Bool, policy: RiskPolicy?
        ) {
            self.charge = charge
            self.former = former
            self.pledge = pledge
            self.day = day
            self.needsNotice = needsNotice
            self.owesAnother = owesAnother
            self.policy = policy
        }
    }

    package init(_ facts: Success) {
        payment = Payment(day: facts.day, needsNotice: facts.needsNotice)
        cancelsReminders = facts.former != .submitted || facts.charge.attempts > 1
        sendsReceipt = ChargeConsequences.wantsReceipt(facts)
        // Late money for an older period does not mend a later one, which would wait for ever.
        if facts.pledge.state != .active, !facts.owesAnother {
            pledge = .chargeSucceeded(facts.pledge.interval)
        }
    }

    /// One receipt for each charge, unless the reader wants one a year; where a mail could put the
    /// reader at risk, only for the first.
    private static func wantsReceipt(_ facts: Success) -> Bool {
        guard facts.pledge.receipts == .each, let policy = facts.policy else { return false }
        return policy == .allow || facts.pledge.chargesSucceeded == 0
    }

    /// What a decline, or a bank's wish that the reader act, means for `pledge` and for the method
    /// that was tried.
    package init(declined decline: Decline, pledge known: Pledge) {
        if !known.state.isFinal { pledge = .chargeFailed }
        switch decline.bucket {
        case .hard: method = .move(.hardDeclined)
        case .revoked: method = .revoke
        case .needsSupporter:
            if decline.code == Decline.expiredCard { method = .move(.expiryPassed) }
        case .soft, .operator, .unknownOutcome: break
        }
        // A late answer may meet a pledge that rests or is over.
        callsOffCharge = !known.state.mayBeCharged
    }
}
