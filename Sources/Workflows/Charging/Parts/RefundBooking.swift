import Payments
import Pledging
import Store

/// Records what processors say about refunds.
struct RefundBooking {
    let change: Change

    /// Applies an answer about a refund: one that this book asked for, found by its number, or one
    /// that was made at the processor itself, found by its id there. Does nothing unless the charge
    /// is succeeded.
    func apply(
        _ answer: RefundAnswer, number: Int?, _ amount: Money, of payment: TakenPayment
    ) throws {
        guard payment.charge.state == .succeeded,
            var known = try refund(answer, number: number, amount, of: payment)
        else { return }
        try correct(&known, to: answer.amount ?? amount, of: payment)
        guard let (refund, effect) = known.after(answer, at: change.now) else { return }
        try change.store.update(refund, at: change.now)
        if effect == .countReturns {
            try countReturns(of: payment, .chargeRefunded)
        } else if refund.state == .failed, refund.isAutomatic {
            try change.extraPayments.failed(refund, of: payment)
        }
    }

    /// Inserts a refund of a payment, under the charge's next number.
    func insert(
        _ amount: Money, of payment: TakenPayment, nextStepAt: Instant?,
        isAutomatic: Bool = false, number: Int? = nil, remoteID: String? = nil
    ) throws -> Refund {
        let last = try change.store.refunds(of: payment.charge.id).last?.number ?? 0
        let refund = Refund(
            id: try change.id(), chargeID: payment.charge.id, extraPaymentID: payment.extra?.id,
            number: number ?? last + 1, amount: amount, remoteID: remoteID,
            nextStepAt: nextStepAt, isAutomatic: isAutomatic, createdAt: change.now)
        try change.store.insert(refund)
        return refund
    }

    /// Gives a refund the amount that the processor has for it: another copy of the book may have
    /// asked for it under the same key. What was counted of it is counted anew.
    private func correct(
        _ refund: inout Refund, to amount: Money, of payment: TakenPayment
    ) throws {
        guard amount != refund.amount, amount.currency == refund.amount.currency else { return }
        refund.amount = amount
        try change.store.update(refund, at: change.now)
        if refund.state == .succeeded { try countReturns(of: payment, .chargeRefunded) }
    }

    /// Returns the refund that an answer is about. One that is not known here is inserted if money
    /// may have moved; otherwise returns nil.
    private func refund(
        _ answer: RefundAnswer, number: Int?, _ amount: Money, of payment: TakenPayment
    ) throws -> Refund? {
        let known = try change.store.refunds(of: payment.charge.id)
        // Two copies of the book may have given the same number, so the processor's id decides
        // first.
        let found =
            known.first { $0.remoteID != nil && $0.remoteID == answer.remoteID }
            ?? known.first { refund in
                number == refund.number && refund.extraPaymentID == payment.extra?.id
                    && (refund.remoteID == nil || answer.remoteID == nil)
            }
        if let found { return found }
        // An unknown number was given by another copy of the book.
        guard answer.mayBeMoney else { return nil }
        let theirs = number.flatMap { theirs in
            theirs > 0 && !known.contains { $0.number == theirs } ? theirs : nil
        }
        return try insert(
            amount, of: payment, nextStepAt: nil, number: theirs, remoteID: answer.remoteID)
    }

    /// Counts anew what went back of a payment, by refunds and lost disputes, so that their news
    /// may come in any order, and appends the event. If more went back than was taken, all that was
    /// taken counts, and a person is told.
    func countReturns(of payment: TakenPayment, _ type: EventType) throws {
        let charge = try change.existing(payment.charge.id)
        let refunds = try change.store.refunds(of: charge.id).filter {
            $0.state == .succeeded && $0.extraPaymentID == payment.extra?.id
        }
        let disputes = try change.store.disputes(of: charge.id).filter {
            $0.state == .lost && $0.extraPaymentID == payment.extra?.id
        }
        let all = (refunds.map(\.amount) + disputes.map(\.amount)).reduce(0) { $0 + $1.minorUnits }
        let subject = payment.extra?.id.text ?? charge.id.text
        if all > payment.amount.minorUnits {
            let sum = Money(minorUnits: all, currency: payment.amount.currency)
            try change.attention.raise(.excessReturn, subject, "\(sum) of \(payment.amount)")
        } else {
            try change.attention.resolve(.excessReturn, subject)
        }
        if let extra = payment.extra {
            return try change.extraPayments.countReturns(of: extra, all, type)
        }
        let counted = try change.charges.appendVersion(type, of: charge) {
            try count(all, of: &$0)
        }
        try change.extraPayments.countedReturns(of: TakenPayment(counted))
    }

    private func count(_ all: Int64, of charge: inout Charge) throws {
        let taken = charge.amount.minorUnits
        let more = Money(
            minorUnits: min(all, taken) - charge.refundedMinor, currency: charge.amount.currency)
        charge.refundedMinor += more.minorUnits
        try change.store.countReturn(of: charge.pledgeID, more, at: change.now)
    }
}

extension Change {
    var refunds: RefundBooking { RefundBooking(change: self) }
}
