import Payments
import Pledging
import Store

/// One charge in doubt: asks its processor and books the answer.
struct ChargeInquiry: Sendable {
    let charge: Charge
    /// Those that answer now, of all that are set up here.
    let processors: Processors
    let all: Processors
    let context: Context

    private struct Question: Sendable {
        enum Kind: Sendable {
            /// The same call under the same key: nothing is taken twice.
            case again(ChargeOrder)
            case lookUp
            /// What waits for the reader is not wanted any more.
            case withdraw
        }

        let kind: Kind
        let reference: ChargeReference
        let attempt: ChargeAttempt
    }

    /// Whether it is known now; nil where there was nothing to ask, or nobody.
    func run() async throws -> Bool? {
        guard let name = charge.processor else { return nil }
        let processor = processors[name]
        // One that does not answer now is asked later. One that is not set up here any more is
        // asked in vain, and given up in the end: nothing waits for ever.
        guard processor != nil || all[name] == nil else { return nil }
        // 1. Nobody else asks meanwhile. A call that was cut off becomes unknown first.
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
        let now = context.now
        let context = context
        try await context.book.writePatiently { transaction in
            try transaction.book(answer, to: question.reference, in: context, at: now)
        }
        let id = charge.id
        return try await context.book.read { transaction in
            try transaction.charge(id).map { $0.state.isOver || $0.state == .declined } ?? true
        }
    }

    /// That a call is refused now says nothing of the call before it under the same key.
    private static func answer(to repeated: ChargeAnswer) -> LookUpAnswer<ChargeAnswer> {
        guard case .declined(let decline) = repeated.outcome, decline.bucket == .operator else {
            return .found(repeated)
        }
        return .unreachable(decline.code)
    }

    private func take(_ processor: (any PaymentProcessor)?) async throws -> Question? {
        let found = charge
        let context = context
        let now = context.now
        let bookID = context.book.keys.bookID.text
        return try await context.book.write { transaction in
            guard var charge = try transaction.charge(found.id), charge.version == found.version,
                charge.nextStepAt == found.nextStepAt,
                let attempt = try transaction.attempt(charge.id, charge.attempts)
            else { return nil }
            let lease = now.adding(seconds: BillingRun.leaseSeconds)
            guard try transaction.lease(attempt, until: lease, at: now) else { return nil }
            if charge.state == .submitted {
                var lost = attempt
                lost.state = .unknown
                lost.leasedUntil = lease
                try transaction.update(lost)
                charge =
                    try transaction.move(charge, by: .lost, in: context, at: now) { _ in }
                    ?? charge
            }
            try transaction.schedule(charge.id, next: lease)
            let kind = try kind(of: charge, attempt, processor, transaction, at: now)
            return Question(
                kind: kind,
                reference: ChargeReference(charge, attempt: attempt.number, bookID: bookID),
                attempt: attempt)
        }
    }

    private func kind(
        of charge: Charge, _ attempt: ChargeAttempt, _ processor: (any PaymentProcessor)?,
        _ transaction: Transaction, at now: Instant
    ) throws -> Question.Kind {
        let pledge = try transaction.existingPledge(charge.pledgeID)
        let isReplaced = pledge.paymentMethodID != attempt.paymentMethodID
        switch charge.state {
        case .cancelled: return .withdraw
        case .actionRequired: return isReplaced ? .withdraw : .lookUp
        case .pending, .submitted, .held, .declined, .succeeded, .skipped, .closed: return .lookUp
        case .unknown: break
        }
        // Only while its key is sure to be remembered there, and the money is still wanted.
        let hours = (processor?.keyLifetimeHours ?? 0) - ChargeInquiry.keyMarginHours
        guard now < attempt.startedAt.adding(hours: hours), pledge.state.mayBeCharged, !isReplaced,
            let method = try transaction.paymentMethod(attempt.paymentMethodID),
            let secret = method.secret, method.state.isUsable,
            try !transaction.refuses(pledge, at: now)
        else { return .lookUp }
        return .again(
            ChargeOrder(
                reference: ChargeReference(
                    charge, attempt: attempt.number, bookID: context.book.keys.bookID.text),
                amount: charge.amount, kind: method.kind, method: secret,
                isReaderPresent: pledge.state == .pending))
    }

    /// Hours by which a key is taken for forgotten before the processor forgets it.
    private static let keyMarginHours: Int64 = 1
}

extension Transaction {
    /// The answer to a question about an attempt in doubt.
    fileprivate func book(
        _ answer: LookUpAnswer<ChargeAnswer>, to reference: ChargeReference, in context: Context,
        at now: Instant
    ) throws {
        switch answer {
        case .found(let answer):
            try book(
                answer, of: reference.chargeID, attempt: reference.attempt, in: context, at: now)
            if case .unknown = answer.outcome {
                try giveUpIfTooOld(reference, in: context, at: now)
            }
        case .absent: try bookAbsence(of: reference, in: context, at: now)
        case .unreachable(let reason):
            context.log(
                .notice, "processor not reached",
                ["charge": "\(reference.chargeID)", "reason": "\(reason)"])
            try askLater(reference, at: now)
            try giveUpIfTooOld(reference, in: context, at: now)
        }
    }

    /// Its list does not have it. Only two readings, a day apart and long enough after the call,
    /// say that it never got there.
    private func bookAbsence(
        of reference: ChargeReference, in context: Context, at now: Instant
    ) throws {
        guard var attempt = try attempt(reference.chargeID, reference.attempt) else { return }
        let counts = now >= attempt.startedAt.adding(hours: Dunning.listHours)
        if counts, let since = attempt.absentSince,
            now >= since.adding(hours: Dunning.absentHours)
        {
            return try book(
                ChargeAnswer(.declined(.notReceived)), of: reference.chargeID,
                attempt: reference.attempt, in: context, at: now)
        }
        guard counts, attempt.absentSince == nil else { return try askLater(reference, at: now) }
        attempt.absentSince = now
        attempt.leasedUntil = nil
        try update(attempt)
        try schedule(reference.chargeID, next: now.adding(hours: Dunning.absentHours))
    }

    private func askLater(_ reference: ChargeReference, at now: Instant) throws {
        guard var attempt = try attempt(reference.chargeID, reference.attempt) else { return }
        attempt.questions += 1
        attempt.leasedUntil = nil
        try update(attempt)
        try schedule(
            reference.chargeID, next: Dunning.nextQuestion(after: attempt.questions, at: now))
    }

    private func giveUpIfTooOld(
        _ reference: ChargeReference, in context: Context, at now: Instant
    ) throws {
        guard let attempt = try attempt(reference.chargeID, reference.attempt),
            now >= attempt.startedAt.adding(days: Dunning.unreachableDays),
            let charge = try charge(reference.chargeID)
        else { return }
        let closed = try move(charge, by: .unreachableTooLong, in: context, at: now) {
            $0.reason = "unresolved"
        }
        guard closed != nil else { return }
        let pledge = try existingPledge(charge.pledgeID)
        if try abandonIfPending(pledge, in: context, at: now) { return }
        // Nothing is tried any more that could end its grace.
        guard pledge.state == .pastDue, try lapseDate(of: charge, pledge) <= today(at: now) else {
            return
        }
        try move(pledge, by: .graceEnded, in: context, at: now) { _ in }
    }
}
