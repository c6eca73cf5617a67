import Payments
import Pledging
import Store

// One way for every answer of a processor into the book, whether it came as a reply, by an inbound
// message, or because somebody asked: it may come late, twice or out of order.

extension Transaction {
    /// Lets what a processor says of an attempt happen to the attempt, its charge and its pledge.
    func book(
        _ answer: ChargeAnswer, of chargeID: ID<Charge>, attempt number: Int,
        in context: Context, at now: Instant
    ) throws {
        guard let charge = try charge(chargeID), var attempt = try attempt(chargeID, number)
        else { return }
        let verdict = Verdict(answer.outcome)
        // 1. The attempt. What it came to does not change; only money may still come.
        guard attempt.isOpen(to: verdict.cause) else {
            return try learn(of: charge, attempt, from: answer)
        }
        let wasUnknown = attempt.state == .unknown
        attempt.remoteID = answer.remoteID ?? attempt.remoteID
        attempt.leasedUntil = nil
        attempt.state = verdict.attemptState
        attempt.code = verdict.decline?.code
        attempt.absentSince = nil
        if wasUnknown { attempt.questions += 1 }
        try update(attempt)
        // 2. The charge follows its last attempt; money that came by an earlier one is money.
        guard number == charge.attempts || verdict.cause == .succeeded else { return }
        if verdict.cause == .succeeded, charge.state == .succeeded {
            return context.log(
                .critical, "paid twice",
                ["charge": "\(charge.id)", "attempt": "\(attempt.number)"])
        }
        let next = try nextStep(after: verdict, charge, attempt, at: now)
        let moved = try move(
            charge, by: verdict.cause, because: verdict.decline, in: context, at: now
        ) {
            $0.nextStepAt = next
            guard case .succeeded(let paidAt, let settlement) = answer.outcome else { return }
            $0.reason = nil
            $0.paidAt = paidAt
            $0.settlement = settlement
            $0.remoteID = attempt.remoteID
            $0.processor = attempt.processor
        }
        // 3. Nothing new was said: asked again later. What needs the reader is told to them.
        guard let moved else {
            if charge.state.isOver {
                try schedule(charge.id, next: nil)
            } else if charge.state.isInDoubt || charge.state == .actionRequired {
                try schedule(charge.id, next: next)
            }
            return
        }
        // What it meant for the pledge may have called it off.
        if case .actionNeeded(let url) = answer.outcome,
            try self.charge(moved.id)?.state == .actionRequired
        {
            try queueActionNeeded(moved, attempt, url, in: context, at: now)
        }
    }

    /// What was not known when the money was booked. A person said that it arrived before the
    /// processor did: its name for the payment is what refunds and disputes go by. Fee and net of a
    /// bank debit are told with its list alone.
    private func learn(
        of charge: Charge, _ attempt: ChargeAttempt, from answer: ChargeAnswer
    ) throws {
        guard case .succeeded(_, let settlement) = answer.outcome, let remoteID = answer.remoteID,
            attempt.state == .succeeded, attempt.remoteID ?? remoteID == remoteID,
            charge.state == .succeeded, charge.remoteID ?? remoteID == remoteID,
            charge.processor != nil, attempt.number == charge.attempts
        else { return }
        if attempt.remoteID == nil {
            var named = attempt
            named.remoteID = remoteID
            try update(named)
        }
        if charge.remoteID == nil { try name(charge.id, remoteID) }
        if charge.settlement == nil, let settlement { try settle(charge.id, settlement) }
    }

    /// When somebody has to look at the charge again.
    private func nextStep(
        after verdict: Verdict, _ charge: Charge, _ attempt: ChargeAttempt, at now: Instant
    ) throws -> Instant? {
        switch verdict.cause {
        case .lost: return Dunning.nextQuestion(after: attempt.questions, at: now)
        case .accepted, .actionNeeded: return now.adding(days: 1)
        // After whatever was put back because of it.
        case .operatorFailed: return now.adding(seconds: 60)
        case .declined:
            // The reader has given another method meanwhile: that one is tried at once.
            let present = try existingPledge(charge.pledgeID).paymentMethodID
            if present != attempt.paymentMethodID { return now }
            guard let decline = verdict.decline, decline.bucket == .soft else { return nil }
            return try retry(of: charge, at: now)
        case .attempted, .succeeded, .withdrawn, .unwanted, .holdEnded, .resolvedAsSucceeded,
            .resolvedAsNotReceived, .unreachableTooLong:
            return nil
        }
    }

    /// When a softly declined charge is tried again. The first charge of a pledge is not: the
    /// reader is there and knows.
    func retry(of charge: Charge, at now: Instant) throws -> Instant? {
        let pledge = try existingPledge(charge.pledgeID)
        guard pledge.state == .active || pledge.state == .pastDue,
            let next = pledge.nextChargeOn, let first = charge.firstAttemptOn
        else { return nil }
        let zone = try zone(nil)
        let day = Dunning.nextRetry(
            after: zone.date(at: now), firstAttemptOn: first, dueOn: charge.dueOn, nextDueOn: next)
        return day.map { zone.instant(of: $0, hour: 0) }
    }

    private func queueActionNeeded(
        _ charge: Charge, _ attempt: ChargeAttempt, _ url: String?, in context: Context,
        at now: Instant
    ) throws {
        let pledge = try existingPledge(charge.pledgeID)
        try enqueue([
            QueuedMail(
                id: try context.id(at: now), supporterID: pledge.supporterID, kind: .actionNeeded,
                subjectID: charge.id.text, period: String(attempt.number), reminderID: nil,
                parameters: QueuedMail.Parameters(
                    amount: charge.amount, date: lapseDate(of: charge, pledge), link: url),
                createdAt: now)
        ])
    }

    /// The day on which the pledge ends if nothing is paid.
    func lapseDate(of charge: Charge, _ pledge: Pledge) -> CivilDate {
        Dunning.lapseDate(
            dueOn: charge.dueOn,
            nextDueOn: pledge.nextChargeOn.flatMap { $0 > charge.dueOn ? $0 : nil }
                ?? charge.dueOn.adding(days: Dunning.graceDays + 1))
    }
}

/// An outcome in the words of our own machines.
private struct Verdict {
    let cause: ChargeCause
    let attemptState: ChargeAttempt.State
    let decline: Decline?

    init(_ outcome: ChargeOutcome) {
        switch outcome {
        case .succeeded: self.init(.succeeded, .succeeded)
        case .actionNeeded:
            self.init(.actionNeeded, .actionRequired, Decline(code: "authentication_required"))
        case .pending: self.init(.accepted, .pending)
        case .unknown: self.init(.lost, .unknown)
        case .declined(let decline):
            switch decline.bucket {
            case .soft, .needsSupporter, .hard, .revoked: self.init(.declined, .declined, decline)
            case .operator: self.init(.operatorFailed, .declined, decline)
            case .unknownOutcome: self.init(.lost, .unknown, decline)
            }
        }
    }

    private init(
        _ cause: ChargeCause, _ attemptState: ChargeAttempt.State, _ decline: Decline? = nil
    ) {
        self.cause = cause
        self.attemptState = attemptState
        self.decline = decline
    }
}

extension ChargeAttempt {
    /// Whether news of this kind is news to it.
    fileprivate func isOpen(to cause: ChargeCause) -> Bool {
        switch state {
        case .submitted, .pending, .actionRequired, .unknown: true
        case .declined, .withdrawn: cause == .succeeded
        case .succeeded: false
        }
    }
}
