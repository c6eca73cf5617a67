import Payments
import Pledging
import Store

/// A charge whose attempt is committed, and that only this process may send until the lease ends.
struct ClaimedCharge: Sendable {
    let order: ChargeOrder
    let processor: any PaymentProcessor
    let leasedUntil: Instant
    /// Whether its decline would show that something is wrong (see Brake).
    let countsForBrake: Bool
}

/// Sends claimed charges to their processors, at most `callsInFlight` in parallel, and applies each
/// answer. No transaction is open during a call. When a processor refuses the account, or its brake
/// closes, nothing more is sent there, and the others go on.
struct ChargeSender: Sendable {
    let context: Context
    let run: BillingRun

    private enum Outcome: Sendable {
        case answered(ChargeOutcome, ChargeOrder)
        /// Not sent, because the pledge, its method or the risk policy changed just before the
        /// call.
        case withdrawn
        /// Another process has it now, or the lease ends soon.
        case lost
    }

    /// Sends what `next` returns, until that is empty. Throws CancellationError when the task is
    /// cancelled, and what `next` or the book throws. Before that, calls in flight are
    /// waited for, because a call that is cut off may have taken money, and what was claimed and
    /// not sent is put back.
    func collect(
        _ tally: inout BillingTally, progress: @Sendable (Int) -> Void,
        next: (inout BillingTally) async throws -> [ClaimedCharge]
    ) async throws {
        let calls = SideBySide(maximum: run.callsInFlight, work: { try await send($0) })
        try await calls.run { _ in
            let claimed = try await next(&tally)
            return claimed.isEmpty ? nil : claimed
        } done: { outcome in
            count(outcome, &tally)
            progress(tally.claimed)
        } putBack: { claimed in
            try await putBack(claimed)
        }
    }

    private func count(_ outcome: Outcome, _ tally: inout BillingTally) {
        switch outcome {
        case .answered(let answer, let order): tally.count(answer, order)
        case .withdrawn: tally.withdrawn += 1
        case .lost: break
        }
    }

    // MARK: One charge

    private func send(_ claimed: ClaimedCharge) async throws -> Outcome {
        // 1. Is it still wanted, as it was when it was claimed?
        let standing: Recheck
        do {
            standing = try await recheck(claimed)
        } catch {
            // Nothing was sent. A cancelled task cannot read, but it can still write.
            try? await putBack(claimed)
            throw error
        }
        switch standing {
        case .wanted: break
        case .unwanted:
            try await undo(claimed, by: .withdrawn)
            return .withdrawn
        case .notNow:
            try await putBack(claimed)
            return .withdrawn
        case .elsewhere: return .lost
        }
        // 2. The call. A run that was cancelled meanwhile makes no more calls.
        guard !Task.isCancelled else {
            try await putBack(claimed)
            throw CancellationError()
        }
        let answer = await claimed.processor.collect(claimed.order)
        // 3. The answer, and what it says about the account.
        let reference = claimed.order.reference
        let name = claimed.processor.name
        run.faults.count(answer.outcome, of: reference.chargeID, at: name)
        if case .declined(let decline) = answer.outcome, decline.bucket == .operator {
            run.faults.stop(name, because: decline.code)
        }
        let isRefused = run.faults.isStopped(name)
        let reason = try await context.settingAside(reference.chargeID.text) {
            try await book(answer, to: claimed, isRefused: isRefused)
        }
        if let reason, let reason { run.faults.stop(name, because: reason) }
        return .answered(answer.outcome, claimed.order)
    }

    /// Records an answer. Returns why nothing more is to be sent to the processor; nil if more is.
    private func book(
        _ answer: ChargeAnswer, to claimed: ClaimedCharge, isRefused: Bool
    ) async throws -> String? {
        let order = claimed.order
        return try await context.record { change in
            try change.booking.apply(
                answer, of: order.reference.chargeID, attempt: order.reference.attempt,
                told: order.amount)
            // What was declined is not collected, and does not count for the day's ceiling.
            if case .declined(let decline) = answer.outcome, decline.bucket != .unknownOutcome {
                try change.store.uncountSubmitted(order.amount, on: run.today)
            }
            return try ProcessorBrake(claimed.processor.name, isRefused: isRefused, change)
                .weigh(answer.outcome, of: claimed)
        }
    }

    private enum Recheck {
        case wanted, unwanted, elsewhere
        /// The risk policy refuses the reader, the method is not usable, nothing more is sent to
        /// the processor, or the reader gave again; the next run decides.
        case notNow
    }

    private func recheck(_ claimed: ClaimedCharge) async throws -> Recheck {
        if run.faults.isStopped(claimed.processor.name) { return .notNow }
        return try await context.look { look in
            // A call must end before the lease does: afterwards another process may ask.
            let deadline = claimed.leasedUntil.adding(seconds: -ChargeSender.callMaximumSeconds)
            guard look.now < deadline, try look.holds(claimed),
                let pledge = try look.store.pledge(claimed.order.reference.pledgeID)
            else { return .elsewhere }
            guard pledge.state.mayBeCharged else { return .unwanted }
            let method = try look.store.attempt(
                claimed.order.reference.chargeID, claimed.order.reference.attempt
            ).flatMap { try look.store.paymentMethod($0.paymentMethodID) }
            guard method?.state.isUsable == true,
                try !look.isRefused(pledge, at: look.now), try !look.gaveAgainUnasked(pledge),
                try !look.givesAgainNow(pledge)
            else { return .notNow }
            return .wanted
        }
    }

    /// Holds the charge until the next run.
    private func putBack(_ claimed: ClaimedCharge) async throws {
        try await undo(claimed, by: .setAside)
    }

    private func undo(_ claimed: ClaimedCharge, by cause: ChargeCause) async throws {
        try await context.change { change in
            let reference = claimed.order.reference
            guard try change.holds(claimed),
                let charge = try change.store.charge(reference.chargeID),
                var attempt = try change.store.attempt(charge.id, reference.attempt)
            else { return }
            attempt.state = attempt.state.on(.withdrawn) ?? attempt.state
            attempt.leasedUntil = nil
            try change.store.update(attempt)
            try change.store.uncountSubmitted(
                charge.amount, on: change.zone().date(at: attempt.startedAt))
            let isPutBack = cause == .setAside
            try change.booking.move(charge, by: cause) {
                $0.reason = isPutBack ? HoldReason.runStopped.rawValue : nil
                $0.nextStepAt = isPutBack ? change.now : nil
            }
        }
    }

    /// Seconds that a call takes at most, whatever the processor's own limits are.
    private static let callMaximumSeconds: Int64 = 120
}

extension Moment {
    /// Returns whether the attempt still belongs to this process and was not sent.
    fileprivate func holds(_ claimed: ClaimedCharge) throws -> Bool {
        let reference = claimed.order.reference
        guard let charge = try store.charge(reference.chargeID), charge.state == .submitted,
            charge.attempts == reference.attempt,
            let attempt = try store.attempt(charge.id, reference.attempt)
        else { return false }
        return attempt.state == .submitted && attempt.leasedUntil == claimed.leasedUntil
    }
}
