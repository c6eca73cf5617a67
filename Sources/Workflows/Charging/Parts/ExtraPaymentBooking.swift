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
        let doubt = try sendBack(payment, finding.certainty)
        guard known == nil || doubt == nil else { return }
        try tell(of: payment, doubt)
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
        try change.store.openAttention(.extraPayment, extra.id.text) != nil
            && !change.store.refunds(of: extra.chargeID).contains {
                $0.extraPaymentID == extra.id
            }
    }

    // MARK: A payment after the end

    /// Tells that a charge was paid after its pledge had ended, and sends the payment back unless a
    /// person must decide.
    func foundAfterEnd(_ charge: Charge, _ certainty: Certainty) throws {
        if case .entered = certainty { return }
        let payment = TakenPayment(charge)
        try tell(of: payment, sendBack(payment, certainty))
    }

    /// A message confirms what only the processor's list had told: it may be sent back now.
    func confirmedAfterEnd(_ charge: Charge) throws {
        guard try change.store.openAttention(.paymentAfterEnd, charge.id.text) != nil,
            try change.store.refunds(of: charge.id).allSatisfy({ $0.extraPaymentID != nil })
        else { return }
        try foundAfterEnd(charge, .certain)
    }

    // MARK: Sending back

    /// Inserts the refund of a payment, unless a person must decide. Returns why a person must; nil
    /// if it is sent back.
    private func sendBack(
        _ payment: TakenPayment, _ certainty: Certainty
    ) throws -> ExtraPayment.Doubt? {
        let attempts = try change.store.attempts(of: payment.charge.id)
        guard let paid = attempts.first(where: { $0.remoteID == payment.remoteID }),
            case .certain = certainty
        else { return .uncertain }
        let facts = ExtraPayment.ReturnFacts(
            policy: change.context.settings.billing.extraPayments,
            isUncertain: paid.isAdopted,
            isDisputed: try !change.store.disputes(of: payment.charge.id).isEmpty,
            recentReturns: try change.store.methodsOfAutomaticRefunds(
                since: change.now.adding(hours: -ExtraPayment.returnHours)),
            method: paid.paymentMethodID)
        if let doubt = ExtraPayment.doubt(facts) { return doubt }
        _ = try change.refunds.insert(
            payment.amount, of: payment, nextStepAt: change.now, isAutomatic: true)
        return nil
    }

    private func tell(of payment: TakenPayment, _ doubt: ExtraPayment.Doubt?) throws {
        try raise(payment, doubt.map { "not sent back: \($0.rawValue)" } ?? "it is being sent back")
    }

    private func raise(_ payment: TakenPayment, _ words: String) throws {
        let (kind, subject) = payment.attention
        try change.attention.raise(kind, subject, "\(payment.leftWords); \(words)")
    }

    /// The processor refused to send it back: a person must.
    func failed(_ refund: Refund, of payment: TakenPayment) throws {
        try raise(payment, "not sent back: \(refund.reason ?? "refused")")
    }

    /// A bank demands it back: what was not asked for yet is not sent as well.
    func dropReturns(of payment: TakenPayment) throws {
        let (kind, subject) = payment.attention
        if try change.store.openAttention(kind, subject) != nil {
            try raise(payment, "not sent back: \(ExtraPayment.Doubt.disputed.rawValue)")
        }
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
        try countedReturns(of: TakenPayment(charge, extra: counted))
    }

    /// Tells who must know, once the returns of an extra payment or of a charge are counted.
    func countedReturns(of payment: TakenPayment) throws {
        let (kind, subject) = payment.attention
        let isOpen = try change.store.openAttention(kind, subject) != nil
        guard isOpen || payment.extra != nil else { return }
        guard payment.refundedMinor >= payment.amount.minorUnits else {
            return try raise(payment, "not sent back")
        }
        try change.attention.resolve(kind, subject)
        try mailReturn(of: payment, about: subject)
    }

    /// Tells the reader that all of it was sent back, unless their bank took it, or another copy of
    /// the book did it and has told them.
    private func mailReturn(of payment: TakenPayment, about subject: String) throws {
        let charge = payment.charge
        let isDisputed = try change.store.disputes(of: charge.id).contains {
            $0.extraPaymentID == payment.extra?.id
        }
        guard !isDisputed, let paidAt = payment.extra?.paidAt ?? charge.paidAt else { return }
        if let released = try change.store.releasedAt(), paidAt < released {
            let isOurs = try change.store.refunds(of: charge.id).contains {
                $0.extraPaymentID == payment.extra?.id && $0.isAutomatic && $0.state == .succeeded
            }
            guard isOurs else { return }
        }
        let contents = MailContents.paymentReturned(
            amount: payment.amount, paidOn: try change.zone().date(at: paidAt))
        try change.mails.queue(contents, to: charge.supporterID, about: subject, period: "1")
    }
}

extension TakenPayment {
    /// The kind and subject of the attention about it, if it is not owed.
    fileprivate var attention: (kind: Attention.Kind, subject: String) {
        extra.map { (.extraPayment, $0.id.text) } ?? (.paymentAfterEnd, charge.id.text)
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
