import Payments
import Pledging
import Store

/// Records payments beside the one that a charge counts, and sends them back.
struct ExtraPaymentBooking {
    let change: Change

    /// A success that a charge does not count.
    struct Finding {
        let attempt: Int
        let processor: String
        let remoteID: String
        let amount: Money
        let paidAt: Instant
        let refundedMinor: Int64
        /// Only the processor's list tells of it so far, or another copy of the book took it.
        let isUncertain: Bool
    }

    /// Records a second success for `charge`: a row, an event and an attention, and, unless a
    /// person must decide, a refund that `run reconcile` requests. If it is known, only the refund
    /// may be new: at first it may have been uncertain.
    func found(_ finding: Finding, of charge: Charge) throws {
        let known = try change.store.extraPayment(
            paidAs: finding.remoteID, at: finding.processor)
        let extra = try known ?? insert(finding, of: charge)
        guard !extra.isReturned, try known == nil || isUndecided(extra) else { return }
        let isReturning = try isReturnedByItself(finding, of: charge)
        if isReturning {
            _ = try change.refunds.insert(
                extra.amount, of: TakenPayment(charge, extra: extra), nextStepAt: change.now)
        }
        guard known == nil || isReturning else { return }
        try change.attention.raise(
            .extraPayment, charge.id.text,
            "\(extra.amount); \(isReturning ? "it is being sent back" : "nothing was sent back")")
    }

    private func insert(_ finding: Finding, of charge: Charge) throws -> ExtraPayment {
        let extra = ExtraPayment(
            id: try change.id(), chargeID: charge.id, attempt: finding.attempt,
            processor: finding.processor, remoteID: finding.remoteID, amount: finding.amount,
            refundedMinor: min(finding.refundedMinor, finding.amount.minorUnits),
            paidAt: finding.paidAt, createdAt: change.now)
        try change.store.insert(extra)
        try change.charges.appendVersion(.chargeExtraPayment, of: charge, about: extra)
        return extra
    }

    /// Returns whether nobody has decided yet: it was not sent back, nor kept.
    private func isUndecided(_ extra: ExtraPayment) throws -> Bool {
        try change.store.openAttention(.extraPayment, extra.chargeID.text) != nil
            && !change.store.refunds(of: extra.chargeID).contains {
                $0.extraPaymentID == extra.id
            }
    }

    private func isReturnedByItself(_ finding: Finding, of charge: Charge) throws -> Bool {
        guard let attempt = try change.store.attempt(charge.id, finding.attempt) else {
            return false
        }
        return ExtraPayment.isReturnedByItself(
            ExtraPayment.ReturnFacts(
                policy: change.context.settings.billing.extraPayments,
                isUncertain: finding.isUncertain,
                isDisputed: try !change.store.disputes(of: charge.id).isEmpty,
                recentReturns: try change.store.methodsOfExtraReturns(
                    since: change.now.adding(hours: -ExtraPayment.returnHours)),
                method: attempt.paymentMethodID))
    }

    /// Counts anew what went back of an extra payment, and tells who must know: its reader when all
    /// of it went back, a person when the processor refused to send it.
    func countReturns(of extra: ExtraPayment, _ all: Int64, _ type: EventType) throws {
        var counted = extra
        counted.refundedMinor = min(all, extra.amount.minorUnits)
        try change.store.update(counted, at: change.now)
        let charge = try change.existing(extra.chargeID)
        try change.charges.appendVersion(type, of: charge, about: counted)
        guard counted.isReturned else {
            return try change.attention.raise(
                .extraPayment, charge.id.text, "\(extra.amount); it was not sent back")
        }
        let others = try change.store.extraPayments(of: charge.id)
        if others.allSatisfy(\.isReturned) {
            try change.attention.resolve(.extraPayment, charge.id.text)
        }
        guard try !change.store.disputes(of: charge.id).contains(where: { $0.isAbout(extra) })
        else { return }
        try change.mails.queue(
            .paymentReturned(
                amount: extra.amount, paidOn: try change.zone().date(at: extra.paidAt)),
            to: charge.supporterID, about: extra.id.text, period: "1")
    }

    /// The processor refused to send it back: a person must.
    func failed(_ refund: Refund, of extra: ExtraPayment) throws {
        try change.attention.raise(
            .extraPayment, extra.chargeID.text,
            "\(refund.amount); not sent back: \(refund.reason ?? "refused")")
    }

    /// A bank demands it back: what was not asked for yet is not sent as well.
    func dropReturns(of extra: ExtraPayment) throws {
        for refund in try change.store.refunds(of: extra.chargeID)
        where refund.extraPaymentID == extra.id && refund.isUnasked {
            var dropped = refund
            dropped.state = .failed
            dropped.reason = "disputed"
            dropped.nextStepAt = nil
            try change.store.update(dropped, at: change.now)
        }
    }
}

extension Dispute {
    fileprivate func isAbout(_ extra: ExtraPayment) -> Bool { extraPaymentID == extra.id }
}

extension Change {
    var extraPayments: ExtraPaymentBooking { ExtraPaymentBooking(change: self) }
}

extension Moment {
    /// Returns the payment that a processor calls `remoteID`; nil if it is not known here.
    func payment(paidAs remoteID: String, at processor: String) throws -> TakenPayment? {
        if let charge = try store.charge(paidAs: remoteID, at: processor) {
            return TakenPayment(charge)
        }
        guard let extra = try store.extraPayment(paidAs: remoteID, at: processor) else {
            return nil
        }
        return TakenPayment(try existing(extra.chargeID), extra: extra)
    }

    /// Returns the payment that a refund sends back.
    func payment(of refund: Refund) throws -> TakenPayment {
        TakenPayment(
            try existing(refund.chargeID),
            extra: try refund.extraPaymentID.flatMap { try store.extraPayment($0) })
    }
}
