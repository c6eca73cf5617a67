import Payments
import Pledging
import Store

/// Records payments that are not owed, and sends them back: a second success for one period, which
/// is a row beside its charge, and a success after the pledge's end, which its charge counts.
struct ExtraPaymentBooking {
    let change: Change

    // MARK: A second success for one period

    /// A success that a charge does not count.
    struct Finding {
        let attempt: Int
        let processor: String
        let remoteID: String
        let amount: Money
        let paidAt: Instant
        let refundedMinor: Int64
        let certainty: Certainty
    }

    /// How a payment became known.
    enum Certainty {
        /// A person says so.
        case entered
        /// Only the processor's list tells of it so far, or another copy of the book took it. It
        /// may be an honest gift.
        case uncertain
        case certain
    }

    /// Records a second success for `charge`: a row, an event and an attention, and, unless a
    /// person must decide, a refund that `run reconcile` requests. If it is known, only the refund
    /// may be new: at first it may have been uncertain.
    func found(_ finding: Finding, of charge: Charge) throws {
        let known = try change.store.extraPayment(
            paidAs: finding.remoteID, at: finding.processor)
        let extra = try known ?? insert(finding, of: charge)
        guard !extra.isReturned, try known == nil || isUndecided(extra) else { return }
        let payment = TakenPayment(charge, extra: extra)
        let isReturning = try sendBack(payment, finding.certainty)
        guard known == nil || isReturning else { return }
        try tell(.extraPayment, of: payment, isReturning: isReturning)
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

    // MARK: A payment after the end

    /// Tells that a charge was paid after its pledge had ended, and sends the payment back unless a
    /// person must decide. Returns whether it is sent back.
    func foundAfterEnd(_ charge: Charge, _ certainty: Certainty) throws -> Bool {
        if case .entered = certainty { return false }
        let payment = TakenPayment(charge)
        let isReturning = try sendBack(payment, certainty)
        try tell(.paymentAfterEnd, of: payment, isReturning: isReturning)
        return isReturning
    }

    // MARK: Sending back

    /// Inserts the refund of a payment, unless a person must decide. Returns whether it did.
    private func sendBack(_ payment: TakenPayment, _ certainty: Certainty) throws -> Bool {
        let attempts = try change.store.attempts(of: payment.charge.id)
        guard let paid = attempts.first(where: { $0.remoteID == payment.remoteID }),
            case .certain = certainty
        else { return false }
        let facts = ExtraPayment.ReturnFacts(
            policy: change.context.settings.billing.extraPayments,
            isUncertain: paid.isAdopted,
            isDisputed: try !change.store.disputes(of: payment.charge.id).isEmpty,
            recentReturns: try change.store.methodsOfAutomaticRefunds(
                since: change.now.adding(hours: -ExtraPayment.returnHours)),
            method: paid.paymentMethodID)
        guard ExtraPayment.isReturnedByItself(facts) else { return false }
        _ = try change.refunds.insert(
            payment.amount, of: payment, nextStepAt: change.now, isAutomatic: true)
        return true
    }

    private func tell(
        _ kind: Attention.Kind, of payment: TakenPayment, isReturning: Bool
    ) throws {
        try change.attention.raise(
            kind, payment.charge.id.text,
            "\(payment.amount); "
                + (isReturning ? "it is being sent back" : "nothing was sent back"))
    }

    /// The processor refused to send it back: a person must.
    func failed(_ refund: Refund, of payment: TakenPayment) throws {
        try change.attention.raise(
            payment.extra == nil ? .paymentAfterEnd : .extraPayment, payment.charge.id.text,
            "\(refund.amount); not sent back: \(refund.reason ?? "refused")")
    }

    /// A bank demands it back: what was not asked for yet is not sent as well.
    func dropReturns(of payment: TakenPayment) throws {
        for refund in try change.store.refunds(of: payment.charge.id)
        where refund.extraPaymentID == payment.extra?.id && refund.isUnasked {
            var dropped = refund
            dropped.state = .failed
            dropped.reason = "disputed"
            dropped.nextStepAt = nil
            try change.store.update(dropped, at: change.now)
        }
    }

    // MARK: What went back

    /// Counts anew what went back of an extra payment, and tells who must know.
    func countReturns(of extra: ExtraPayment, _ all: Int64, _ type: EventType) throws {
        var counted = extra
        counted.refundedMinor = min(all, extra.amount.minorUnits)
        try change.store.update(counted, at: change.now)
        let charge = try change.charges.appendVersion(
            type, of: change.existing(extra.chargeID), about: counted)
        guard counted.isReturned else {
            return try change.attention.raise(
                .extraPayment, charge.id.text, "\(extra.amount); it was not sent back")
        }
        if try change.store.extraPayments(of: charge.id).allSatisfy(\.isReturned) {
            try change.attention.resolve(.extraPayment, charge.id.text)
        }
        try mailReturn(of: TakenPayment(charge, extra: counted), about: extra.id.text)
    }

    /// The same for a payment after the end, whose returns its charge has counted.
    func countedReturns(of charge: Charge) throws {
        guard charge.refundedMinor >= charge.amount.minorUnits,
            try change.store.openAttention(.paymentAfterEnd, charge.id.text) != nil
        else { return }
        try change.attention.resolve(.paymentAfterEnd, charge.id.text)
        try mailReturn(of: TakenPayment(charge), about: charge.id.text)
    }

    /// Tells the reader that all of it was sent back, unless their bank took it.
    private func mailReturn(of payment: TakenPayment, about subject: String) throws {
        let charge = payment.charge
        let isDisputed = try change.store.disputes(of: charge.id).contains {
            $0.extraPaymentID == payment.extra?.id
        }
        guard !isDisputed, let paidAt = payment.extra?.paidAt ?? charge.paidAt else { return }
        let contents = MailContents.paymentReturned(
            amount: payment.amount, paidOn: try change.zone().date(at: paidAt))
        try change.mails.queue(contents, to: charge.supporterID, about: subject, period: "1")
    }
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
