import Payments
import Pledging
import Store

/// What a batch of due pledges or charges became: the charges that are to be sent, and the count of
/// the others. Nothing of it is sent before it is committed.
struct ChargeBatch: Sendable {
    private(set) var charges: [ClaimedCharge] = []
    private(set) var tally = BillingTally()
    private var admitted: Set<String> = []
    private let run: BillingRun
    private let context: Context
    private let leasedUntil: Instant
    private let now: Instant

    private init(_ run: BillingRun, _ context: Context) {
        self.run = run
        self.context = context
        now = context.now
        leasedUntil = now.adding(seconds: BillingRun.leaseSeconds)
    }

    // MARK: Due pledges

    static func due(
        _ ids: [ID<Pledge>], _ run: BillingRun, _ transaction: Transaction, in context: Context
    ) throws -> ChargeBatch {
        var batch = ChargeBatch(run, context)
        for id in ids { try batch.claim(id, transaction) }
        return batch
    }

    /// One charge for each pledge and run; periods that are too old are skipped before it.
    private mutating func claim(_ id: ID<Pledge>, _ transaction: Transaction) throws {
        guard var pledge = try transaction.pledge(id) else { return }
        while pledge.isDue(on: run.today), try transaction.openCharge(of: id) == nil {
            let facts = try transaction.dueCharge(of: pledge, run)
            switch facts.decision {
            case .collect: return try collect(pledge, transaction)
            case .declineWithoutMethod: return try declineWithoutMethod(pledge, transaction)
            case .hold(let reason, let day):
                // Its notice went missing between the search and here: found again tomorrow.
                guard reason != .noticeMissing else { return }
                return try hold(pledge, reason, until: day, transaction)
            case .skip(let reason):
                guard let next = try skip(pledge, reason, transaction) else { return }
                pledge = next
            }
        }
    }

    private mutating func collect(_ pledge: Pledge, _ transaction: Transaction) throws {
        guard
            let method = try pledge.paymentMethodID.flatMap({ try transaction.paymentMethod($0) }),
            let processor = run.processors[method.processor]
        else { return }
        var charge = try newCharge(pledge, .submitted)
        charge.attempts = 1
        charge.firstAttemptOn = run.today
        charge.processor = method.processor
        charge.nextStepAt = leasedUntil
        // Compare and set first: another process may have begun the same period.
        _ = try transaction.advance(pledge, by: pledge.collectEvery, at: now)
        try transaction.begin(charge, .chargeSubmitted, in: context, at: now)
        try submit(charge, pledge, method, processor, transaction)
    }

    /// The pledge is past due, and its reader is asked for another method.
    private mutating func declineWithoutMethod(
        _ pledge: Pledge, _ transaction: Transaction
    ) throws {
        var charge = try newCharge(pledge, .declined)
        charge.reason = Decline.noMethod.code
        charge.firstAttemptOn = run.today
        let advanced = try transaction.advance(pledge, by: pledge.collectEvery, at: now)
        try transaction.begin(charge, .chargeDeclined, in: context, at: now)
        try transaction.move(advanced, by: .chargeFailed, in: context, at: now) { _ in }
        tally.declined += 1
    }

    private mutating func hold(
        _ pledge: Pledge, _ reason: HoldReason, until day: CivilDate, _ transaction: Transaction
    ) throws {
        var charge = try newCharge(pledge, .held)
        charge.reason = reason.rawValue
        charge.nextStepAt = run.zone.instant(of: day, hour: 0)
        _ = try transaction.advance(pledge, by: pledge.collectEvery, at: now)
        try transaction.begin(charge, .chargeHeld, in: context, at: now)
        tally.held += 1
    }

    /// The pledge as it goes on; nil when it ends with it.
    private mutating func skip(
        _ pledge: Pledge, _ reason: ChargeSkipReason, _ transaction: Transaction
    ) throws -> Pledge? {
        var charge = try newCharge(pledge, .skipped)
        charge.reason = reason.rawValue
        let advanced = try transaction.advance(pledge, by: pledge.collectEvery, at: now)
        try transaction.begin(charge, .chargeSkipped, in: context, at: now)
        tally.skipped += 1
        return try transaction.abandonIfPending(advanced, in: context, at: now) ? nil : advanced
    }

    private func newCharge(_ pledge: Pledge, _ state: ChargeState) throws -> Charge {
        Charge(
            id: try context.id(at: now), pledgeID: pledge.id, supporterID: pledge.supporterID,
            firstPeriod: pledge.nextPeriod, periodCount: pledge.collectEvery,
            amount: pledge.chargeAmount, dueOn: pledge.nextChargeOn ?? run.today, state: state,
            createdAt: now)
    }

    // MARK: Charges that are tried again

    static func again(
        _ charges: [Charge], _ run: BillingRun, _ transaction: Transaction, in context: Context
    ) throws -> ChargeBatch {
        var batch = ChargeBatch(run, context)
        for found in charges {
            guard let charge = try transaction.charge(found.id), charge.version == found.version
            else { continue }
            try batch.tryAgain(charge, transaction)
        }
        return batch
    }

    private mutating func tryAgain(_ charge: Charge, _ transaction: Transaction) throws {
        let pledge = try transaction.existingPledge(charge.pledgeID)
        guard pledge.state.mayBeCharged else {
            return try transaction.cancelOpenCharge(of: pledge.id, in: context, at: now)
        }
        // A hold does not make the grace longer.
        if charge.state == .held, pledge.state == .pastDue,
            transaction.lapseDate(of: charge, pledge) <= run.today
        {
            try transaction.move(pledge, by: .graceEnded, in: context, at: now) { _ in }
            return
        }
        let facts = try transaction.dueCharge(of: pledge, charge, run)
        switch facts.decision {
        case .collect: try attemptAgain(charge, pledge, transaction)
        case .declineWithoutMethod:
            guard charge.state == .held else {
                // Until the reader gives another one, or the grace is over.
                return try transaction.schedule(charge.id, next: nil)
            }
            try transaction.move(charge, by: .declined, because: .noMethod, in: context, at: now) {
                $0.firstAttemptOn = $0.firstAttemptOn ?? run.today
            }
            tally.declined += 1
        case .hold(.noticeMissing, _) where charge.state == .declined:
            // A debit took the card's place. The next charge will be announced, this one cannot be.
            try transaction.move(charge, by: .unwanted, in: context, at: now) {
                $0.reason = HoldReason.noticeMissing.rawValue
            }
            tally.skipped += 1
        case .hold(_, let day):
            try transaction.schedule(charge.id, next: run.zone.instant(of: day, hour: 0))
            tally.held += 1
        case .skip(let reason):
            // Dunning has its own end.
            guard charge.state == .held else {
                return try transaction.schedule(charge.id, next: nil)
            }
            try transaction.move(charge, by: .holdEnded, in: context, at: now) {
                $0.reason = reason.rawValue
            }
            tally.skipped += 1
            _ = try transaction.abandonIfPending(pledge, in: context, at: now)
        }
    }

    private mutating func attemptAgain(
        _ charge: Charge, _ pledge: Pledge, _ transaction: Transaction
    ) throws {
        guard let method = try pledge.paymentMethodID.flatMap({ try transaction.paymentMethod($0) })
        else { return }
        // An operator's fault uses no retry.
        let since = now.adding(days: -Dunning.retryWindowDays)
        let retries = try transaction.declinesTriedAgain(by: method.id, since: since).count {
            $0.bucket != .operator
        }
        let isTired = charge.state == .declined && retries >= Dunning.retryMaximum
        guard try !isTired && !isTooLate(charge, pledge, method, transaction) else {
            return try transaction.schedule(
                charge.id, next: transaction.retry(of: charge, at: now))
        }
        guard let processor = run.processors[method.processor] else {
            return try transaction.schedule(charge.id, next: now.adding(days: 1))
        }
        let moved = try transaction.move(charge, by: .attempted, in: context, at: now) {
            // Another copy of the book may have made some.
            $0.attempts = try transaction.lastAttemptNumber(of: charge.id) + 1
            $0.firstAttemptOn = $0.firstAttemptOn ?? run.today
            $0.processor = method.processor
            $0.nextStepAt = leasedUntil
        }
        guard let moved else { return }
        try submit(moved, pledge, method, processor, transaction)
    }

    /// A retry that an outage delayed until the next charge is near is left out; a method that is
    /// new to the charge is tried at once.
    private func isTooLate(
        _ charge: Charge, _ pledge: Pledge, _ method: PaymentMethod, _ transaction: Transaction
    ) throws -> Bool {
        guard charge.state == .declined, let next = pledge.nextChargeOn,
            try transaction.attempt(charge.id, charge.attempts)?.paymentMethodID == method.id
        else { return false }
        return !Dunning.allowsRetry(on: run.today, dueOn: charge.dueOn, nextDueOn: next)
    }

    // MARK: The attempt

    private mutating func submit(
        _ charge: Charge, _ pledge: Pledge, _ method: PaymentMethod,
        _ processor: any PaymentProcessor, _ transaction: Transaction
    ) throws {
        guard let secret = method.secret else { return }
        if admitted.insert(processor.name).inserted { try transaction.admit(processor, at: now) }
        try transaction.insert(
            ChargeAttempt(
                chargeID: charge.id, number: charge.attempts, paymentMethodID: method.id,
                processor: method.processor, startedAt: now, leasedUntil: leasedUntil))
        let sum = try transaction.countSubmitted(charge.amount, on: run.today)
        guard sum <= run.ceilings.dailyMaximum(charge.amount.currency) else {
            throw Problem(
                .notPermitted, field: "billing.daily_max",
                "more than \(run.ceilings.dailyText(charge.amount.currency)) would be collected "
                    + "today; nothing more is sent. If that is right, raise it and run it again")
        }
        let reference = ChargeReference(charge, attempt: charge.attempts, bookID: run.bookID)
        charges.append(
            ClaimedCharge(
                order: ChargeOrder(
                    reference: reference, amount: charge.amount, kind: method.kind, method: secret,
                    isReaderPresent: pledge.state == .pending),
                processor: processor, leasedUntil: leasedUntil))
        tally.claimed += 1
    }
}

extension Pledge {
    /// Whether its next charge has come. A one-off has one.
    func isDue(on today: CivilDate) -> Bool {
        guard state.mayBeCharged, let nextChargeOn, nextChargeOn <= today else { return false }
        return interval != .once || nextPeriod == 1
    }
}

extension Transaction {
    /// What decides about the charge that is due next.
    func dueCharge(of pledge: Pledge, _ run: BillingRun) throws -> DueCharge {
        try dueCharge(
            of: pledge, dueOn: pledge.nextChargeOn ?? run.today, amount: pledge.chargeAmount,
            period: pledge.nextPeriod, run)
    }

    /// What decides about a charge that was made already.
    func dueCharge(of pledge: Pledge, _ charge: Charge, _ run: BillingRun) throws -> DueCharge {
        var facts = try dueCharge(
            of: pledge, dueOn: charge.dueOn, amount: charge.amount, period: charge.firstPeriod, run)
        facts.wasTried = try charge.state != .held || wasDeclined(charge)
        // It was announced where it had to be when it was made; other terms came later.
        if facts.notice == .missing, try !isDebit(pledge) { facts.notice = .notNeeded }
        return facts
    }

    private func dueCharge(
        of pledge: Pledge, dueOn: CivilDate, amount: Money, period: Int, _ run: BillingRun
    ) throws -> DueCharge {
        let method = try pledge.paymentMethodID.flatMap { try paymentMethod($0) }
        var facts = DueCharge(
            dueOn: dueOn, today: run.today,
            methodIsUsable: method.map {
                $0.state.isUsable && !$0.kind.isPush && $0.secret != nil
            } ?? false)
        facts.isRefused = try refuses(pledge, at: run.now)
        if pledge.needsNotice, pledge.state != .pending {
            let notice = try notice(of: pledge.id, dueOn: dueOn, amount: amount)
            facts.notice =
                notice.acceptedAt.map { .given(run.zone.date(at: $0)) }
                ?? (notice.isUndeliverable ? .undeliverable : .missing)
        }
        guard let months = pledge.interval.months else { return facts }
        if let before = try charge(before: period, of: pledge.id, isPaid: false) {
            facts.previous = .init(dueOn: before.dueOn, months: months * before.periodCount)
        }
        if let paidOn = pledge.lastChargedOn {
            let paid = try charge(before: period, of: pledge.id, isPaid: true)
            facts.lastPaid = .init(dueOn: paidOn, months: months * (paid?.periodCount ?? 1))
        }
        return facts
    }

    /// Whether the newsroom's policy takes nothing from where this pledge's reader is.
    func refuses(_ pledge: Pledge, at now: Instant) throws -> Bool {
        let risk = try riskTable(at: now)
        guard !risk.allowsAll, let supporter = try supporter(pledge.supporterID) else {
            return false
        }
        return try policy(for: supporter, by: risk) == .refuse
    }

    /// Whether a bank has declined it before: what held it then does not make it a new one.
    private func wasDeclined(_ charge: Charge) throws -> Bool {
        try attempts(of: charge.id).contains { attempt in
            guard attempt.state == .declined, let code = attempt.code else { return false }
            return Decline(code: code).bucket != .operator
        }
    }

    /// A bank debit is never taken unannounced, whatever the charge was made for.
    private func isDebit(_ pledge: Pledge) throws -> Bool {
        try pledge.paymentMethodID.flatMap { try paymentMethod($0) }?.kind.isDebit == true
    }

    /// A pledge whose first charge came to nothing does not begin. True when it ended.
    func abandonIfPending(
        _ pledge: Pledge, in context: Context, at now: Instant
    ) throws -> Bool {
        guard pledge.state == .pending else { return false }
        try move(pledge, by: .waitedTooLong, in: context, at: now) { _ in }
        return true
    }
}
