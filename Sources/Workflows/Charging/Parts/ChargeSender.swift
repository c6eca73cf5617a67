import Payments
import Pledging
import Store

/// A charge whose attempt is committed, and that only this process may send until the lease ends.
struct ClaimedCharge: Sendable {
    let order: ChargeOrder
    let processor: any PaymentProcessor
    let leasedUntil: Instant
}

/// Sends claimed charges to their processors, as many at a time as those take, and books each
/// answer. No transaction is open while a processor is asked.
struct ChargeSender: Sendable {
    let context: Context
    let callsInFlight: Int

    private enum Result: Sendable {
        case answered(ChargeOutcome, ChargeOrder)
        /// The pledge changed just before the call, or its reader's country or method did.
        case withdrawn
        /// Another process has it now.
        case lost
        case failed(any Error)
    }

    /// Until `next` has nothing more. Throws Problem where a brake stops the run, or what went
    /// wrong with the book: calls that are on their way are waited for, because a call that is cut
    /// off may have taken money, and what was claimed and not sent is put back.
    func collect(
        _ tally: inout BillingTally, progress: @Sendable (Int) -> Void,
        next: (inout BillingTally) async throws -> [ClaimedCharge]
    ) async throws {
        var waiting: ArraySlice<ClaimedCharge> = []
        var failure: (any Error)?
        await withTaskGroup(of: Result.self) { group in
            var running = 0
            var isDone = false
            while true {
                while failure == nil, !isDone, running < callsInFlight {
                    if waiting.isEmpty {
                        do {
                            waiting = try await next(&tally)[...]
                            isDone = waiting.isEmpty
                        } catch {
                            failure = error
                        }
                    }
                    guard let claimed = waiting.popFirst() else { break }
                    group.addTask { await collect(claimed) }
                    running += 1
                }
                guard let result = await group.next() else { return }
                running -= 1
                count(result, &tally)
                progress(tally.claimed)
                failure = failure ?? reasonToStop(result, tally)
            }
        }
        guard let failure else { return }
        for claimed in waiting { try await putBack(claimed) }
        throw failure
    }

    private func count(_ result: Result, _ tally: inout BillingTally) {
        switch result {
        case .answered(let outcome, let order): tally.count(outcome, order)
        case .withdrawn: tally.withdrawn += 1
        case .lost, .failed: break
        }
    }

    private func reasonToStop(_ result: Result, _ tally: BillingTally) -> (any Error)? {
        if case .failed(let error) = result { return error }
        if case .answered(.declined(let decline), _) = result, decline.bucket == .operator {
            return Problem(
                .unavailable,
                "the processor refuses this account's requests (\(decline.code)); see to its "
                    + "settings, then run it again")
        }
        return tally.reasonToStop.map { Problem(.unavailable, $0) }
    }

    // MARK: One charge

    private func collect(_ claimed: ClaimedCharge) async -> Result {
        do {
            return try await send(claimed)
        } catch {
            return .failed(error)
        }
    }

    private func send(_ claimed: ClaimedCharge) async throws -> Result {
        // 1. As it stands now, not as it stood when it was claimed.
        switch try await standing(of: claimed) {
        case .wanted: break
        case .unwanted:
            try await withdraw(claimed)
            return .withdrawn
        case .notNow:
            try await putBack(claimed)
            return .withdrawn
        case .elsewhere: return .lost
        }
        // 2. The call.
        let answer = await claimed.processor.collect(claimed.order)
        // 3. The answer.
        let reference = claimed.order.reference
        let context = context
        let now = context.now
        try await context.book.writePatiently { transaction in
            try transaction.book(
                answer, of: reference.chargeID, attempt: reference.attempt, in: context, at: now)
        }
        return .answered(answer.outcome, claimed.order)
    }

    private enum Standing {
        case wanted, unwanted, elsewhere
        /// Nothing may be taken from there any more, or by that method; the next run decides.
        case notNow
    }

    private func standing(of claimed: ClaimedCharge) async throws -> Standing {
        let now = context.now
        return try await context.book.read { transaction in
            guard now < claimed.leasedUntil.adding(seconds: -ChargeSender.callMaximumSeconds),
                try transaction.isHeldBy(claimed),
                let pledge = try transaction.pledge(claimed.order.reference.pledgeID)
            else { return .elsewhere }
            guard pledge.state.mayBeCharged else { return .unwanted }
            let method = try transaction.attempt(
                claimed.order.reference.chargeID, claimed.order.reference.attempt
            ).flatMap { try transaction.paymentMethod($0.paymentMethodID) }
            guard method?.state.isUsable == true, try !transaction.refuses(pledge, at: now) else {
                return .notNow
            }
            return .wanted
        }
    }

    private func withdraw(_ claimed: ClaimedCharge) async throws {
        try await undo(claimed, by: .withdrawn, nextStep: { _ in nil })
    }

    /// Held until the next run.
    private func putBack(_ claimed: ClaimedCharge) async throws {
        try await undo(claimed, by: .operatorFailed, nextStep: { $0 })
    }

    private func undo(
        _ claimed: ClaimedCharge, by cause: ChargeCause,
        nextStep: @escaping @Sendable (Instant) -> Instant?
    ) async throws {
        let context = context
        let now = context.now
        try await context.book.write { transaction in
            let reference = claimed.order.reference
            guard try transaction.isHeldBy(claimed),
                let charge = try transaction.charge(reference.chargeID),
                var attempt = try transaction.attempt(charge.id, reference.attempt)
            else { return }
            attempt.state = .withdrawn
            attempt.leasedUntil = nil
            try transaction.update(attempt)
            try transaction.uncountSubmitted(
                charge.amount, on: transaction.today(at: attempt.startedAt))
            try transaction.move(charge, by: cause, in: context, at: now) {
                $0.reason = cause == .operatorFailed ? HoldReason.runStopped.rawValue : nil
                $0.nextStepAt = nextStep(now)
            }
        }
    }

    /// A call takes no longer than this, whatever the processor's own limits are.
    private static let callMaximumSeconds: Int64 = 120
}

extension PledgeState {
    /// Whether anything may be taken.
    var mayBeCharged: Bool {
        switch self {
        case .pending, .active, .pastDue: true
        case .paused, .completed, .cancelled, .lapsed, .abandoned: false
        }
    }
}

extension Transaction {
    /// Whether the attempt is still this process's own, and was not sent.
    fileprivate func isHeldBy(_ claimed: ClaimedCharge) throws -> Bool {
        let reference = claimed.order.reference
        guard let charge = try charge(reference.chargeID), charge.state == .submitted,
            charge.attempts == reference.attempt,
            let attempt = try attempt(charge.id, reference.attempt)
        else { return false }
        return attempt.state == .submitted && attempt.leasedUntil == claimed.leasedUntil
    }
}

extension Book {
    /// What the outside has done must be recorded, or it is asked about again: while another
    /// process keeps the book busy, it is tried for some minutes.
    func writePatiently<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        for _ in 1..<recordAttempts {
            do {
                return try await write(body)
            } catch DriverError.busy {
                continue
            }
        }
        return try await write(body)
    }
}

/// Each waits for the driver's busy timeout of five seconds.
private let recordAttempts = 60
