import Payments
import Pledging
import Store

/// The result of a batch of due pledges or charges: the charges to send, and the counts of the
/// others. Nothing is sent before the batch is committed.
struct ChargeBatch: Sendable {
    private(set) var charges: [ClaimedCharge] = []
    private(set) var tally = BillingTally()
    private var admitted: Set<String> = []
    /// The first due day of what waits for each processor that is not set up.
    private var waitingSince: [String: CivilDate] = [:]
    private var ceilings = DailyCeilings()
    private let run: BillingRun
    private let leasedUntil: Instant

    private init(_ run: BillingRun, _ change: Change) {
        self.run = run
        leasedUntil = change.now.adding(seconds: BillingRun.leaseSeconds)
    }

    // MARK: Due pledges

    static func due(
        _ ids: [ID<Pledge>], _ run: BillingRun, in change: Change
    ) throws -> ChargeBatch {
        var batch = ChargeBatch(run, change)
        for id in ids { try batch.claim(id, change) }
        try batch.finish(change)
        return batch
    }

    private mutating func finish(_ change: Change) throws {
        tally.ceilings = try ceilings.record(run, change)
        // A charge that waits a day for a processor that is not set up needs a person.
        for (name, since) in waitingSince where since < run.today {
            try change.attention.raise(.processorNotSetUp, name, "due since \(since)")
        }
    }

    /// Whether a method's processor cannot be charged through now; counts it if it is not set up.
    private mutating func isMissing(_ method: PaymentMethod, since due: CivilDate?) -> Bool {
        let name = method.processor
        guard run.processors[name] == nil else { return run.faults.isStopped(name) }
        guard !run.setUp.contains(name) else { return true }
        tally.notSetUp[name, default: 0] += 1
        let due = due ?? run.today
        waitingSince[name] = min(waitingSince[name] ?? due, due)
        return true
    }

    /// Makes at most one charge for a pledge. Periods that are too old are skipped first.
    private mutating func claim(_ id: ID<Pledge>, _ change: Change) throws {
        guard var pledge = try change.store.pledge(id) else { return }
        // Nothing is decided while its processor cannot be asked: the period may be paid.
        let method = try change.method(of: pledge)
        if let method, isMissing(method, since: pledge.nextChargeOn) { return }
        while pledge.isDue(on: run.today), try change.store.openCharge(of: id) == nil {
            let facts = try change.dueCharge(of: pledge, run)
            switch facts.decision {
            case .collect:
                switch try change.givingAgain.nextPeriod(of: pledge) {
                case .collect: return try collect(pledge, method, change)
                case .hold(let day): return try hold(pledge, .gaveAgain, until: day, change)
                case .wait, .ended: return
                }
            case .declineWithoutMethod: return try declineWithoutMethod(pledge, change)
            case .hold(let reason, let day):
                // Without a valid notice no charge is made; a later run finds the pledge again.
                guard reason != .noticeMissing else { return }
                return try hold(pledge, reason, until: day, change)
            case .skip(let reason):
                guard let next = try skip(pledge, reason, change) else { return }
                pledge = next
            }
        }
    }

    private mutating func collect(
        _ pledge: Pledge, _ method: PaymentMethod?, _ change: Change
    ) throws {
        guard let method, let processor = run.processors[method.processor] else { return }
        guard try ceilings.admit(pledge.chargeAmount, run, change) else {
            return try hold(pledge, .ceilingReached, until: run.today.adding(days: 1), change)
        }
        var charge = try newCharge(pledge, .submitted, change)
        charge.attempts = 1
        charge.firstAttemptOn = run.today
        charge.processor = method.processor
        charge.nextStepAt = leasedUntil
        // Compare and set first: another process may have begun the same period.
        _ = try change.store.advance(
            pledge, by: pledge.collectEvery, at: change.now)
        try change.charges.begin(charge, .chargeSubmitted)
        try submit(charge, pledge, method, processor, change)
    }

    /// Makes a charge that is declined without a call: the pledge becomes past due, and dunning
    /// asks its reader for another method.
    private mutating func declineWithoutMethod(
        _ pledge: Pledge, _ change: Change
    ) throws {
        var charge = try newCharge(pledge, .declined, change)
        charge.reason = Decline.noMethod.code
        charge.firstAttemptOn = run.today
        let advanced = try change.store.advance(
            pledge, by: pledge.collectEvery, at: change.now)
        try change.charges.begin(charge, .chargeDeclined)
        try change.pledges.move(advanced, by: .chargeFailed(advanced.interval))
        tally.declined += 1
    }

    private mutating func hold(
        _ pledge: Pledge, _ reason: HoldReason, until day: CivilDate, _ change: Change
    ) throws {
        var charge = try newCharge(pledge, .held, change)
        charge.reason = reason.rawValue
        charge.nextStepAt = run.zone.instant(of: day, hour: 0)
        _ = try change.store.advance(
            pledge, by: pledge.collectEvery, at: change.now)
        try change.charges.begin(charge, .chargeHeld)
        tally.held += 1
    }

    /// Skips the period. Returns the pledge as it goes on; nil when it ends because its first
    /// charge is skipped.
    private mutating func skip(
        _ pledge: Pledge, _ reason: ChargeSkipReason, _ change: Change
    ) throws -> Pledge? {
        var charge = try newCharge(pledge, .skipped, change)
        charge.reason = reason.rawValue
        let advanced = try change.store.advance(
            pledge, by: pledge.collectEvery, at: change.now)
        try change.charges.begin(charge, .chargeSkipped)
        try change.attention.raise(.periodSkipped, charge.id.text, reason.rawValue)
        tally.skipped += 1
        return try change.pledges.abandonIfPending(advanced) ? nil : advanced
    }

    private func newCharge(
        _ pledge: Pledge, _ state: ChargeState, _ change: Change
    ) throws -> Charge {
        Charge(
            id: try change.id(), pledgeID: pledge.id, supporterID: pledge.supporterID,
            firstPeriod: pledge.nextPeriod, periodCount: pledge.collectEvery,
            amount: pledge.chargeAmount, dueOn: pledge.nextChargeOn ?? run.today, state: state,
            createdAt: change.now)
    }

    // MARK: Charges that are tried again

    static func again(
        _ charges: [Charge], _ run: BillingRun, in change: Change
    ) throws -> ChargeBatch {
        var batch = ChargeBatch(run, change)
        for found in charges {
            guard let charge = try change.store.charge(found.id), charge.version == found.version
            else { continue }
            try batch.tryAgain(charge, change)
        }
        try batch.finish(change)
        return batch
    }

    private mutating func tryAgain(_ charge: Charge, _ change: Change) throws {
        let pledge = try change.existing(charge.pledgeID)
        guard pledge.state.mayBeCharged else {
            try change.charges.callOff(of: pledge.id)
            return
        }
        guard try !change.givingAgain.holdsBack(charge, of: pledge) else { return }
        let method = try change.method(of: pledge)
        if let method, isMissing(method, since: charge.dueOn) {
            guard !run.setUp.contains(method.processor) else { return }
            return try change.store.schedule(
                charge.id, next: change.now.adding(seconds: ChargeBatch.missingSeconds))
        }
        let facts = try change.dueCharge(of: pledge, charge, run)
        // A hold does not extend the grace, but a try that was put back is made.
        if charge.state == .held, pledge.state == .pastDue, run.processors.knowAll(of: charge),
            Dunning.lapseDate(of: charge, pledge) <= run.today,
            facts.decision != .collect || isTooLate(charge, pledge)
        {
            return try endGrace(of: charge, pledge, missedTry: facts.decision == .collect, change)
        }
        switch facts.decision {
        case .collect: try attemptAgain(charge, pledge, method, change)
        case .declineWithoutMethod:
            guard charge.state == .held else {
                // The charge waits until the reader gives another method, or until the grace is
                // over.
                return try change.store.schedule(charge.id, next: nil)
            }
            try change.booking.move(charge, of: pledge, by: .declined, because: .noMethod) {
                $0.firstAttemptOn = $0.firstAttemptOn ?? run.today
            }
            tally.declined += 1
        case .hold(.noticeMissing, _) where charge.state == .declined:
            // A bank debit has replaced the card, and needs a notice. The next charge gets one;
            // this charge is called off.
            try change.booking.move(charge, by: .unwanted) {
                $0.reason = HoldReason.noticeMissing.rawValue
            }
            try change.attention.raise(
                .periodSkipped, charge.id.text, HoldReason.noticeMissing.rawValue)
            tally.skipped += 1
        case .hold(_, let day):
            try change.store.schedule(charge.id, next: run.zone.instant(of: day, hour: 0))
            tally.held += 1
        case .skip(let reason):
            // A declined charge is ended by dunning, not here.
            guard charge.state == .held else {
                return try change.store.schedule(charge.id, next: nil)
            }
            try change.booking.move(charge, by: .holdEnded) {
                $0.reason = reason.rawValue
            }
            try change.attention.raise(.periodSkipped, charge.id.text, reason.rawValue)
            tally.skipped += 1
            _ = try change.pledges.abandonIfPending(pledge)
        }
    }

    /// Ends the grace of a held charge. If its reader has to be told first, it becomes declined: no
    /// try of this period is left.
    private func endGrace(
        of charge: Charge, _ pledge: Pledge, missedTry: Bool, _ change: Change
    ) throws {
        guard try !change.endGrace(of: charge, pledge, missedTry: missedTry),
            let held = try change.store.charge(charge.id), held.state == .held
        else { return }
        let declines = try change.store.attempts(of: charge.id).compactMap {
            $0.state == .declined ? $0.code.map { Decline(code: $0) } : nil
        }
        let due = pledge.nextChargeOn.map { run.zone.instant(of: $0, hour: 0) }
        try change.booking.move(
            held, of: pledge, by: .declined,
            because: declines.last(where: \.isOfReader) ?? .notReceived
        ) {
            $0.firstAttemptOn = $0.firstAttemptOn ?? $0.dueOn
            $0.nextStepAt = missedTry ? due : nil
        }
    }

    private mutating func attemptAgain(
        _ charge: Charge, _ pledge: Pledge, _ method: PaymentMethod?, _ change: Change
    ) throws {
        guard let method, let processor = run.processors[method.processor] else { return }
        let since = change.now.adding(days: -Dunning.retryWindowDays)
        let retries = try change.store.declinesTriedAgain(by: method.id, since: since).count(
            where: \.isOfReader)
        let isTired = charge.state == .declined && retries >= Dunning.retryMaximum
        let next = Dunning.retry(of: charge, pledge, in: run.zone, at: change.now)
        if isTired { return try change.store.schedule(charge.id, next: next) }
        if charge.state == .declined, isTooLate(charge, pledge),
            try change.store.attempt(charge.id, charge.attempts)?.paymentMethodID == method.id
        {
            // It was missed. On its due date the next period is tried instead.
            let due = pledge.nextChargeOn.map { run.zone.instant(of: $0, hour: 0) }
            return try change.store.schedule(charge.id, next: next ?? due)
        }
        let amount = charge.amount(owedBy: pledge)
        guard try ceilings.admit(amount, run, change) else {
            // It stays due, so that the grace does not end before it is tried.
            tally.held += 1
            return
        }
        let moved = try change.booking.move(charge, by: .attempted) {
            // Another copy of the book may have made further attempts.
            $0.attempts = try change.store.lastAttemptNumber(of: charge.id) + 1
            $0.firstAttemptOn = $0.firstAttemptOn ?? run.today
            $0.amount = amount
            $0.processor = method.processor
            $0.nextStepAt = leasedUntil
        }
        guard let moved else { return }
        try submit(moved, pledge, method, processor, change)
    }

    /// Returns whether it is too late for a retry, for example because an outage delayed it until
    /// the next charge is near. A method that is new to the charge is never too late.
    private func isTooLate(_ charge: Charge, _ pledge: Pledge) -> Bool {
        // A one-off has no next period.
        guard let next = pledge.nextChargeOn, next > charge.dueOn else { return false }
        return !Dunning.allowsRetry(on: run.today, dueOn: charge.dueOn, nextDueOn: next)
    }

    // MARK: The attempt

    private mutating func submit(
        _ charge: Charge, _ pledge: Pledge, _ method: PaymentMethod,
        _ processor: any PaymentProcessor, _ change: Change
    ) throws {
        guard let secret = method.secret else { return }
        if admitted.insert(processor.name).inserted { try change.admit(processor) }
        try change.store.insert(
            ChargeAttempt(
                chargeID: charge.id, number: charge.attempts, paymentMethodID: method.id,
                processor: method.processor, startedAt: change.now, leasedUntil: leasedUntil))
        let reference = ChargeReference(charge, attempt: charge.attempts, bookID: run.bookID)
        charges.append(
            ClaimedCharge(
                order: ChargeOrder(
                    reference: reference, amount: charge.amount, kind: method.kind, method: secret),
                processor: processor, leasedUntil: leasedUntil,
                countsForBrake: try pledge.state != .pending
                    && !change.wasDeclined(charge, of: pledge)))
        tally.claimed += 1
    }

    /// Seconds until a charge is looked at again whose processor is not set up here.
    private static let missingSeconds: Int64 = 300
}
