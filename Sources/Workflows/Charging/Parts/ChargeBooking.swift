import Payments
import Pledging
import Store

/// Records every answer of a processor: a direct reply, an inbound message or the result of a
/// look-up. Answers may come late, twice or out of order. The facts are read once, Pledging
/// decides, and what follows is written once.
struct ChargeBooking {
    let change: Change

    // MARK: Answers

    /// Applies an answer to an attempt, its charge and its pledge. Does nothing when charge or
    /// attempt is unknown. `told` is the amount that the processor names: an earlier attempt may
    /// have asked for more. `listed` is the processor's record, if its list was read.
    func apply(
        _ answer: ChargeAnswer, of chargeID: ID<Charge>, attempt number: Int, told: Money? = nil,
        listed: PaymentRecord? = nil
    ) throws {
        // 1. The attempt. Once it is finished it does not change, except that money may still come.
        guard let charge = try change.store.charge(chargeID),
            let known = try change.store.attempt(chargeID, number)
        else { return }
        let verdict = ChargeVerdict(answer.outcome)
        guard let attempt = known.after(verdict, remoteID: answer.remoteID) else {
            if try isExtra(answer, of: known) {
                return try bookExtra(charge, known, answer, told, listed)
            }
            if listed == nil, answer.paidAt != nil, answer.remoteID == charge.remoteID {
                try change.extraPayments.confirmedAfterEnd(charge)
            }
            return try fillIn(charge, known, from: answer)
        }
        try change.store.update(attempt)
        // 2. The charge follows its last attempt; a success of an earlier attempt counts as well.
        guard number == charge.attempts || verdict.cause == .succeeded else { return }
        if verdict.cause == .succeeded, charge.state == .succeeded {
            return try bookExtra(charge, attempt, answer, told, listed)
        }
        let pledge = try change.existing(charge.pledgeID)
        var next = Dunning.nextStep(
            after: verdict, charge, attempt, pledge, in: try change.zone(), at: change.now)
        // The next run asks a reader who gave again whether to keep both.
        if verdict.cause == .declined, try change.gaveAgainUnasked(pledge) { next = change.now }
        let moved = try move(
            charge, of: pledge, by: verdict.cause, because: verdict.decline,
            listed == nil ? .certain : .uncertain
        ) {
            $0.nextStepAt = next
            guard case .succeeded(let paidAt, let settlement) = answer.outcome else { return }
            $0.reason = nil
            if let told, told.currency == $0.amount.currency { $0.amount = told }
            $0.paidAt = paidAt
            $0.settlement = settlement
            $0.remoteID = attempt.remoteID
            $0.processor = attempt.processor
        }
        // 3. If nothing changed, the processor is asked again later. If the reader has to act, they
        // get a mail.
        guard let moved else { return try askAgain(charge, at: next, after: verdict) }
        if moved.state == .actionRequired { try queueActionNeeded(moved, of: pledge, attempt) }
    }

    private func askAgain(
        _ charge: Charge, at next: Instant?, after verdict: ChargeVerdict
    ) throws {
        if charge.state.isOver {
            // What was called off and still waits at the bank is withdrawn by the next inquiry.
            let isToWithdraw = charge.state == .cancelled && verdict.cause == .actionNeeded
            try change.store.schedule(charge.id, next: isToWithdraw ? change.now : nil)
        } else if charge.state.isInDoubt {
            try change.store.schedule(charge.id, next: next)
        } else if charge.state == .actionRequired {
            // After a reader's visit to the bank the processor is asked soon; its news that the
            // payment still waits does not delay that.
            let planned = charge.nextStepAt.flatMap { $0 > change.now ? $0 : nil }
            try change.store.schedule(charge.id, next: [planned, next].compactMap(\.self).min())
        }
    }

    /// Returns whether an answer is about an extra payment: one that is known, or another than its
    /// attempt is known to have taken, because two copies of the book made the same call.
    private func isExtra(_ answer: ChargeAnswer, of attempt: ChargeAttempt) throws -> Bool {
        guard answer.paidAt != nil, attempt.state == .succeeded, let remoteID = answer.remoteID,
            let known = attempt.remoteID,
            try change.store.charge(paidAs: remoteID, at: attempt.processor) == nil
        else { return false }
        return try known != remoteID
            || change.store.extraPayment(paidAs: remoteID, at: attempt.processor) != nil
    }

    private func bookExtra(
        _ charge: Charge, _ attempt: ChargeAttempt, _ answer: ChargeAnswer, _ told: Money?,
        _ listed: PaymentRecord?
    ) throws {
        guard let paidAt = answer.paidAt, let remoteID = answer.remoteID else { return }
        try change.extraPayments.found(
            ExtraPaymentBooking.Finding(
                attempt: attempt.number, processor: attempt.processor, remoteID: remoteID,
                amount: told ?? charge.amount, paidAt: paidAt,
                refundedMinor: listed?.refundedMinor ?? 0,
                // Another copy of the book made the same call.
                certainty: attempt.remoteID == remoteID && listed == nil ? .certain : .uncertain),
            of: charge)
    }

    /// Adds what was not known when the payment was recorded. If a person resolved the charge
    /// before the processor told of it, the processor's id of the payment is missing, which refunds
    /// and disputes need. Fee and net of a bank debit are only in the processor's list.
    private func fillIn(
        _ charge: Charge, _ attempt: ChargeAttempt, from answer: ChargeAnswer
    ) throws {
        guard case .succeeded(_, let settlement) = answer.outcome, let remoteID = answer.remoteID,
            attempt.state == .succeeded, attempt.remoteID ?? remoteID == remoteID,
            charge.state == .succeeded, charge.remoteID ?? remoteID == remoteID,
            charge.processor != nil, attempt.number == charge.attempts
        else { return }
        if attempt.remoteID == nil {
            var named = attempt
            named.remoteID = remoteID
            try change.store.update(named)
        }
        if charge.remoteID == nil { try change.store.name(charge.id, remoteID) }
        if charge.settlement == nil, let settlement {
            try change.store.settle(charge.id, settlement)
        }
    }

    // MARK: Moves

    /// Applies `cause` to a charge, and what follows to its pledge and its method. `known` is the
    /// pledge, if the caller has read it. Returns the charge afterwards; nil when nothing was to be
    /// done. Throws Problem `.conflict` when the charge's state refuses the cause.
    @discardableResult
    func move(
        _ charge: Charge, of known: Pledge? = nil, by cause: ChargeCause,
        because decline: Decline? = nil, _ certainty: ExtraPaymentBooking.Certainty = .entered,
        fill: (inout Charge) throws -> Void = { _ in }
    ) throws -> Charge? {
        guard
            let written = try change.charges.write(
                charge, by: cause, because: decline, fill: fill)
        else { return nil }
        var moved = written.charge
        for action in written.actions {
            let pledge = try known ?? change.existing(charge.pledgeID)
            switch action {
            case .bookSuccess:
                let pledge =
                    certainty == .entered
                    ? pledge : try change.givingAgain.paidLate(charge, of: pledge)
                try succeed(moved, from: charge.state, of: pledge, certainty)
            case .bookFailure: moved = try fail(moved, of: pledge, decline ?? .notReceived)
            }
        }
        return moved
    }

    /// Records a payment: counts it in the pledge, moves the pledge and queues the receipt, as
    /// `ChargeConsequences` decides.
    func succeed(
        _ charge: Charge, from former: ChargeState, of pledge: Pledge,
        _ certainty: ExtraPaymentBooking.Certainty = .entered
    ) throws {
        let facts = try success(charge, from: former, of: pledge)
        let next = ChargeConsequences(facts)
        var counted = pledge
        if let payment = next.payment {
            try change.store.countPayment(
                of: pledge.id, charge.amount, on: payment.day, needsNotice: payment.needsNotice,
                at: change.now)
            counted = pledge.counting(
                charge.amount, on: payment.day, needsNotice: payment.needsNotice)
        }
        if next.cancelsReminders { try change.reminders.cancel(about: charge.id.text) }
        if let cause = next.pledge {
            let moved = try change.pledges.move(counted, by: cause) {
                guard case .paidAfterAll = cause, !$0.state.isFinal else { return }
                // The reader is told today.
                $0.nextChargeOn = counted.revivedChargeDate(
                    after: charge, paidOn: max(facts.day, try change.today()))
            }
            counted = moved ?? counted
        }
        let replaced =
            counted.chargesSucceeded == 1 ? try change.givingAgain.paid(counted) : nil
        if next.isAfterEnd { try change.extraPayments.foundAfterEnd(charge, certainty) }
        if next.sendsReceipt || replaced != nil {
            try queueReceipt(
                for: charge, of: counted, paidOn: facts.day, replaced, revives: next.revives)
        }
    }

    private func success(
        _ charge: Charge, from former: ChargeState, of pledge: Pledge
    ) throws -> ChargeConsequences.Success {
        let supporter = try change.store.supporter(pledge.supporterID)
        return ChargeConsequences.Success(
            charge: charge, former: former, pledge: pledge,
            day: try change.zone().date(at: charge.paidAt ?? change.now),
            needsNotice: try change.needsNotice(pledge, by: change.method(of: pledge)?.kind),
            owesAnother: try change.store.openCharge(of: pledge.id).map {
                $0.id != charge.id && ($0.state == .declined || $0.state == .actionRequired)
            } ?? false,
            policy: try supporter.flatMap {
                $0.contact == nil ? nil : try change.policy(for: $0)
            },
            mayGoOn: try pledge.state.isFinal && mayGoOn(pledge, supporter))
    }

    /// What a reader did later is their last word: they gave again, or left.
    private func mayGoOn(_ pledge: Pledge, _ supporter: Supporter?) throws -> Bool {
        guard let contact = supporter?.contact,
            try change.store.suppression(of: contact.email) != .all
        else { return false }
        let gaveAgain = try change.store.pledges(of: pledge.supporterID).contains {
            $0.createdAt > pledge.createdAt && $0.state != .abandoned
        }
        guard !gaveAgain, pledge.interval != .once else { return !gaveAgain }
        return try change.method(of: pledge)?.state.isUsable ?? false
    }

    /// Records a decline, or that the bank wants the reader to act. Returns the charge afterwards.
    private func fail(
        _ charge: Charge, of pledge: Pledge, _ decline: Decline
    ) throws -> Charge {
        let next = ChargeConsequences(declined: decline, pledge: pledge)
        if let cause = next.pledge { try change.pledges.move(pledge, by: cause) }
        switch next.method {
        case nil: break
        case .move(let cause):
            if let method = try triedMethod(charge, of: pledge) {
                try change.methods.move(method, by: cause)
            }
        case .revoke:
            if let method = try triedMethod(charge, of: pledge) {
                try change.methods.revoke(method)
            }
        }
        guard next.callsOffCharge else { return charge }
        return try change.charges.callOff(of: pledge.id) ?? charge
    }

    /// Returns the method that was tried, which may not be the pledge's any more.
    private func triedMethod(_ charge: Charge, of pledge: Pledge) throws -> PaymentMethod? {
        let tried = try change.store.attempt(charge.id, charge.attempts)?.paymentMethodID
        return try (tried ?? pledge.paymentMethodID).flatMap { try change.store.paymentMethod($0) }
    }

    // MARK: Mails

    private func queueReceipt(
        for charge: Charge, of pledge: Pledge, paidOn day: CivilDate, _ replaced: Money?,
        revives: Bool
    ) throws {
        let receipt = MailContents.Receipt(
            amount: charge.amount, paidOn: day, periods: charge.periodCount,
            nextChargeOn: pledge.receiptNextChargeOn.map {
                // After a late payment the next one is held for some days.
                max($0, charge.earliestNext(paidOn: day))
            },
            replaced: replaced, revives: revives)
        try change.mails.queue(
            .receipt(receipt), to: pledge.supporterID, about: charge.id.text, period: "1")
    }

    private func queueActionNeeded(
        _ charge: Charge, of pledge: Pledge, _ attempt: ChargeAttempt
    ) throws {
        try change.mails.queue(
            .actionNeeded(
                amount: charge.amount,
                endsOn: Dunning.bankEnd(of: charge, pledge, attempt, in: change.zone())),
            to: pledge.supporterID, about: charge.id.text, period: String(charge.attempts))
    }
}

extension Change {
    var booking: ChargeBooking { ChargeBooking(change: self) }
}
