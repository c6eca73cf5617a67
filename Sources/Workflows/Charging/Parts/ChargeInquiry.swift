import Payments
import Pledging
import Store

/// Asks the processor about one charge in doubt and applies the answer.
struct ChargeInquiry: Sendable {
    let charge: Charge
    /// The processors that can be reached now.
    let processors: Processors
    /// All processors that are set up here.
    let all: Processors
    let context: Context

    private struct Question: Sendable {
        enum Kind: Sendable {
            /// Repeats the call under its key, so that nothing is taken twice.
            case again(ChargeOrder)
            case lookUp
            /// Calls off what waits for the reader: it is not wanted any more, or too late.
            case withdraw
        }

        let kind: Kind
        let reference: ChargeReference
        let attempt: ChargeAttempt
    }

    /// Returns whether the outcome is known now; nil when there was nothing to ask, or the
    /// processor cannot be reached.
    func run() async throws -> Bool? {
        guard let name = charge.processor else { return nil }
        let processor = processors[name]
        // A processor that cannot be reached is asked later. One that is not set up here any more
        // is treated as unreachable, and the charge is given up in the end.
        guard processor != nil || all[name] == nil else { return nil }
        // 1. Take the lease, so that no other process asks. A call that was cut off becomes unknown
        // first.
        guard let question = try await take(processor) else { return nil }
        // 2. The question.
        let answer: LookUpAnswer<ChargeAnswer>
        let remoteID = question.attempt.remoteID
        switch (question.kind, processor) {
        case (_, nil): answer = .unreachable("not set up here")
        case (.again(let order), let processor?):
            answer = ChargeInquiry.answer(to: await processor.collect(order))
        case (.lookUp, let processor?):
            answer = await processor.lookUp(question.reference, remoteID: remoteID)
        case (.withdraw, let processor?):
            answer = await processor.withdraw(question.reference, remoteID: remoteID)
        }
        // 3. The answer.
        let id = charge.id
        return try await context.record { change in
            try InquiryAnswer(question.reference, change).apply(answer)
            return try change.store.charge(id).map { $0.state.isOver || $0.state == .declined }
                ?? true
        }
    }

    /// If the processor refuses a repeated call because of the account, that says nothing about the
    /// earlier call under the same key.
    private static func answer(to repeated: ChargeAnswer) -> LookUpAnswer<ChargeAnswer> {
        guard case .declined(let decline) = repeated.outcome, decline.mayBeOfAccount else {
            return .found(repeated)
        }
        return .unreachable(decline.code)
    }

    private func take(_ processor: (any PaymentProcessor)?) async throws -> Question? {
        let found = charge
        let bookID = context.book.keys.bookID.text
        return try await context.change { change in
            guard var charge = try change.store.charge(found.id), charge.version == found.version,
                charge.nextStepAt == found.nextStepAt,
                let attempt = try change.store.attempt(charge.id, charge.attempts)
            else { return nil }
            let lease = change.now.adding(seconds: BillingRun.leaseSeconds)
            guard try change.store.lease(attempt, until: lease, at: change.now) else { return nil }
            if charge.state == .submitted {
                var lost = attempt
                lost.state = attempt.state.on(.lost) ?? attempt.state
                lost.leasedUntil = lease
                try change.store.update(lost)
                charge = try change.booking.move(charge, by: .lost) ?? charge
            }
            try change.store.schedule(charge.id, next: lease)
            let reference = ChargeReference(charge, attempt: attempt.number, bookID: bookID)
            let kind = try kind(of: charge, attempt, reference, processor, change)
            return Question(kind: kind, reference: reference, attempt: attempt)
        }
    }

    private func kind(
        of charge: Charge, _ attempt: ChargeAttempt, _ reference: ChargeReference,
        _ processor: (any PaymentProcessor)?, _ change: Change
    ) throws -> Question.Kind {
        let pledge = try change.existing(charge.pledgeID)
        let isReplaced = pledge.paymentMethodID != attempt.paymentMethodID
        switch charge.state {
        case .cancelled: return .withdraw
        case .actionRequired:
            let end = try Dunning.bankEnd(of: charge, pledge, attempt, in: change.zone())
            let isOver = try end <= change.today()
            return try charge.isWanted(of: pledge, asAttempted: attempt) && !isOver
                && !change.gaveAgainUnasked(pledge) ? .lookUp : .withdraw
        case .pending, .submitted, .held, .declined, .succeeded, .skipped, .closed: return .lookUp
        case .unknown: break
        }
        // The call is repeated only while the processor surely remembers its key and the money is
        // still wanted: not if the reader gave again meanwhile.
        let hours = (processor?.keyLifetimeHours ?? 0) - ChargeInquiry.keyMarginHours
        guard change.now < attempt.startedAt.adding(hours: hours), pledge.state.mayBeCharged,
            !isReplaced, let method = try change.store.paymentMethod(attempt.paymentMethodID),
            let secret = method.secret, method.state.isUsable,
            try !change.isRefused(pledge, at: change.now),
            try !change.gaveAgainUnasked(pledge), try !change.givesAgainNow(pledge)
        else { return .lookUp }
        return .again(
            ChargeOrder(
                reference: reference, amount: charge.amount, kind: method.kind, method: secret))
    }

    /// Hours before the end of a key's lifetime from which the key counts as forgotten.
    private static let keyMarginHours: Int64 = 1
}

/// Applies the answer to a question about an attempt in doubt.
private struct InquiryAnswer {
    let reference: ChargeReference
    let change: Change

    init(_ reference: ChargeReference, _ change: Change) {
        self.reference = reference
        self.change = change
    }

    func apply(_ answer: LookUpAnswer<ChargeAnswer>) throws {
        switch answer {
        case .found(let answer):
            try apply(answer)
            if case .unknown = answer.outcome { try giveUpIfTooOld() }
        case .absent: try applyAbsence()
        case .unreachable(let reason):
            let (context, charge) = (change.context, reference.chargeID)
            change.afterCommit {
                context.log(
                    .notice, "processor could not be reached",
                    ["charge": "\(charge)", "reason": "\(reason)"])
            }
            try askLater()
            try giveUpIfTooOld()
        }
    }

    private func apply(_ answer: ChargeAnswer) throws {
        try change.booking.apply(answer, of: reference.chargeID, attempt: reference.attempt)
    }

    private func attempt() throws -> ChargeAttempt? {
        try change.store.attempt(reference.chargeID, reference.attempt)
    }

    /// The processor's list does not have the payment. Only two readings, `absentHours` apart and
    /// the first at least `listHours` after the call, show that the call never arrived.
    private func applyAbsence() throws {
        guard var attempt = try attempt() else { return }
        let counts = change.now >= attempt.startedAt.adding(hours: Dunning.listHours)
        if counts, let since = attempt.absentSince,
            change.now >= since.adding(hours: Dunning.absentHours)
        {
            return try apply(ChargeAnswer(.declined(.notReceived)))
        }
        guard counts, attempt.absentSince == nil else { return try askLater() }
        attempt.absentSince = change.now
        attempt.leasedUntil = nil
        try change.store.update(attempt)
        try change.store.schedule(
            reference.chargeID, next: change.now.adding(hours: Dunning.absentHours))
    }

    private func askLater() throws {
        guard var attempt = try attempt() else { return }
        attempt.questions += 1
        attempt.leasedUntil = nil
        try change.store.update(attempt)
        try change.store.schedule(
            reference.chargeID,
            next: Dunning.nextQuestion(after: attempt.questions, at: change.now))
    }

    private func giveUpIfTooOld() throws {
        guard let attempt = try attempt(),
            change.now >= attempt.startedAt.adding(days: Dunning.unreachableDays),
            let charge = try change.store.charge(reference.chargeID)
        else { return }
        let closed = try change.booking.move(charge, by: .unreachableTooLong) {
            $0.reason = "unresolved"
        }
        guard closed != nil else { return }
        let pledge = try change.existing(charge.pledgeID)
        if try change.pledges.abandonIfPending(pledge) { return }
        // No further attempt will end the grace of this pledge.
        guard pledge.state == .pastDue,
            try Dunning.lapseDate(of: charge, pledge) <= change.today()
        else { return }
        try change.pledges.move(pledge, by: .graceEnded)
    }
}
