import Payments
import Pledging
import Store

/// Records what processors say about refunds.
struct RefundBooking {
    let change: Change

    /// Applies an answer about a refund: one that this book asked for, found by its number, or one
    /// that was made at the processor itself, found by its id there. Does nothing unless the charge
    /// is succeeded.
    func apply(_ answer: RefundAnswer, number: Int?, _ amount: Money, of charge: Charge) throws {
        guard charge.state == .succeeded,
            var known = try refund(answer, number: number, amount, of: charge)
        else { return }
        let charge = try correct(&known, to: answer.amount ?? amount, of: charge)
        guard let (refund, effect) = known.after(answer, at: change.now) else { return }
        try change.store.update(refund, at: change.now)
        guard effect == .countReturns else { return }
        try change.charges.appendVersion(.chargeRefunded, of: charge) {
            try countReturns(of: &$0)
        }
    }

    /// Gives a refund the amount that the processor has for it: another copy of the book may have
    /// asked for it under the same key. What was counted of it is counted anew. Returns the
    /// charge as it is then.
    private func correct(
        _ refund: inout Refund, to amount: Money, of charge: Charge
    ) throws -> Charge {
        guard amount != refund.amount, amount.currency == refund.amount.currency else {
            return charge
        }
        refund.amount = amount
        try change.store.update(refund, at: change.now)
        guard refund.state == .succeeded else { return charge }
        return try change.charges.appendVersion(.chargeRefunded, of: charge) {
            try countReturns(of: &$0)
        }
    }

    /// Returns the refund that an answer is about. One that is not known here is inserted if money
    /// may have moved; otherwise returns nil.
    private func refund(
        _ answer: RefundAnswer, number: Int?, _ amount: Money, of charge: Charge
    ) throws -> Refund? {
        let known = try change.store.refunds(of: charge.id)
        // Two copies of the book may have given the same number, so the processor's id decides
        // first.
        let found =
            known.first { $0.remoteID != nil && $0.remoteID == answer.remoteID }
            ?? known.first { refund in
                number == refund.number
                    && (refund.remoteID == nil || answer.remoteID == nil)
            }
        if let found { return found }
        // An unknown number was given by another copy of the book.
        guard answer.mayBeMoney else { return nil }
        let theirs = number.flatMap { theirs in
            theirs > 0 && !known.contains { $0.number == theirs } ? theirs : nil
        }
        let refund = Refund(
            id: try change.id(), chargeID: charge.id,
            number: theirs ?? (known.last?.number ?? 0) + 1, amount: amount,
            remoteID: answer.remoteID, nextStepAt: nil, createdAt: change.now)
        try change.store.insert(refund)
        return refund
    }

    /// Counts anew what went back of a charge, by refunds and lost disputes, so that their news may
    /// come in any order. If more went back than was taken, all that was taken counts, and a person
    /// is told.
    func countReturns(of charge: inout Charge) throws {
        let refunds = try change.store.refunds(of: charge.id).filter { $0.state == .succeeded }
        let disputes = try change.store.disputes(of: charge.id).filter { $0.state == .lost }
        let all = (refunds.map(\.amount) + disputes.map(\.amount)).reduce(0) { $0 + $1.minorUnits }
        let taken = charge.amount.minorUnits
        let subject = charge.id.text
        if all > taken {
            let sum = Money(minorUnits: all, currency: charge.amount.currency)
            try change.attention.raise(.excessReturn, subject, "\(sum) of \(charge.amount)")
        } else {
            try change.attention.resolve(.excessReturn, subject)
        }
        let more = Money(
            minorUnits: min(all, taken) - charge.refundedMinor, currency: charge.amount.currency)
        charge.refundedMinor += more.minorUnits
        try change.store.countReturn(of: charge.pledgeID, more, at: change.now)
    }
}

extension Change {
    var refunds: RefundBooking { RefundBooking(change: self) }
}
