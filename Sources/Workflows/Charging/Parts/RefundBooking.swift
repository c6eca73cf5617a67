import Payments
import Pledging
import Store

extension Transaction {
    /// Something happened to a charge that leaves its state: one version, one event.
    func note(
        _ type: EventType, _ charge: Charge, in context: Context, at now: Instant,
        change: (inout Charge) throws -> Void = { _ in }
    ) throws {
        var changed = charge
        changed.version += 1
        try change(&changed)
        try update(changed, at: now)
        try append([try context.event(type, changed, from: charge.state, at: now)])
    }

    /// Money went back, by a refund or a lost dispute; never more than was taken.
    func countReturned(_ amount: Money, of charge: inout Charge, at now: Instant) throws {
        let left = charge.amount.minorUnits - charge.refundedMinor
        let back = Money(
            minorUnits: min(amount.minorUnits, left), currency: charge.amount.currency)
        charge.refundedMinor += back.minorUnits
        try countReturn(of: charge.pledgeID, back, at: now)
    }

    /// What a processor says of a refund: one that we asked for, by its number, or one that was
    /// made at the processor itself, by its name there.
    func book(
        _ answer: RefundAnswer, number: Int?, _ amount: Money, of charge: Charge,
        in context: Context, at now: Instant
    ) throws {
        guard charge.state == .succeeded else { return }
        let known = try refunds(of: charge.id)
        // One number may have been given twice, by two copies of the book: the name tells.
        let found =
            known.first { $0.remoteID != nil && $0.remoteID == answer.remoteID }
            ?? known.first { refund in
                number == refund.number
                    && (refund.remoteID == nil || answer.remoteID == nil)
            }
        var refund: Refund
        if let found {
            refund = found
        } else {
            // One with a number of ours that is not known here: another copy of the book gave it.
            guard answer.mayBeMoney else { return }
            let theirs = number.flatMap { theirs in
                theirs > 0 && !known.contains { $0.number == theirs } ? theirs : nil
            }
            refund = Refund(
                id: try context.id(at: now), chargeID: charge.id,
                number: theirs ?? (known.last?.number ?? 0) + 1, amount: amount,
                remoteID: answer.remoteID, nextStepAt: nil, createdAt: now)
            try insert(refund)
        }
        let former = refund.state
        guard former.isOpen || former == .failed && answer.outcome == .succeeded else {
            return try bookLateFailure(answer, refund, charge, in: context, at: now)
        }
        refund.remoteID = answer.remoteID ?? refund.remoteID
        refund.nextStepAt = nil
        refund.reason = nil
        switch answer.outcome {
        case .succeeded: refund.state = .succeeded
        case .failed(let code):
            refund.state = .failed
            refund.reason = String(code.prefix(Refund.reasonMaximumCharacters))
        case .pending:
            refund.state = .pending
            refund.nextStepAt = now.adding(days: 1)
        case .unknown:
            refund.state = former == .pending ? .pending : .unknown
            refund.nextStepAt = refund.nextQuestion(at: now)
        }
        try update(refund, at: now)
        guard refund.state == .succeeded else { return }
        try note(.chargeRefunded, charge, in: context, at: now) {
            try countReturned(refund.amount, of: &$0, at: now)
        }
    }

    /// A bank may refuse money that was on its way back already.
    private func bookLateFailure(
        _ answer: RefundAnswer, _ refund: Refund, _ charge: Charge, in context: Context,
        at now: Instant
    ) throws {
        guard refund.state == .succeeded, case .failed(let code) = answer.outcome else { return }
        var failed = refund
        failed.state = .failed
        failed.reason = String(code.prefix(Refund.reasonMaximumCharacters))
        try update(failed, at: now)
        let back = Money(
            minorUnits: -min(refund.amount.minorUnits, charge.refundedMinor),
            currency: charge.amount.currency)
        try note(.chargeRefunded, charge, in: context, at: now) {
            $0.refundedMinor += back.minorUnits
            try countReturn(of: charge.pledgeID, back, at: now)
        }
    }
}

extension RefundAnswer {
    fileprivate var mayBeMoney: Bool {
        switch outcome {
        case .succeeded, .pending: true
        case .failed, .unknown: false
        }
    }
}

extension Refund {
    fileprivate static let reasonMaximumCharacters = 64

    /// The answer was lost: asked again, ever more seldom.
    func nextQuestion(at now: Instant) -> Instant {
        if now < createdAt.adding(hours: 1) { return now.adding(seconds: 300) }
        return now < createdAt.adding(days: 1) ? now.adding(hours: 1) : now.adding(days: 1)
    }
}
