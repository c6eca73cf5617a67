package import Pledging
import Store

/// A charge that its reader can confirm at the bank now.
package struct BankQuestion: Sendable {
    package let charge: Charge
    package let pledge: Pledge
    /// The attempt that waits.
    package let attempt: ChargeAttempt
    /// The day on which the pledge ends if the payment is not confirmed.
    package let endsOn: CivilDate
}

extension Moment {
    /// Returns the charge of a pledge that waits for its reader; nil if none does, or if it is not
    /// wanted any more as it is: the grace is over, the amount was lowered, another method was
    /// given.
    func bankQuestion(of pledge: Pledge) throws -> BankQuestion? {
        guard pledge.state == .pastDue || pledge.state == .pending,
            let charge = try store.openCharge(of: pledge.id), charge.state == .actionRequired,
            let attempt = try store.attempt(charge.id, charge.attempts)
        else { return nil }
        let question = BankQuestion(
            charge: charge, pledge: pledge, attempt: attempt,
            endsOn: try Dunning.bankEnd(of: charge, pledge, attempt, in: zone()))
        return try question.stands(on: today()) ? question : nil
    }
}

extension BankQuestion {
    fileprivate func stands(on today: CivilDate) -> Bool {
        charge.isWanted(of: pledge, asAttempted: attempt) && today < endsOn
    }
}

extension Charge {
    /// Whether what waits for the reader at the bank is still what the pledge owes: by this method,
    /// and not more.
    func isWanted(of pledge: Pledge, asAttempted attempt: ChargeAttempt) -> Bool {
        pledge.paymentMethodID == attempt.paymentMethodID && amount(owedBy: pledge) == amount
    }
}
