package import Pledging
import Store

/// Makes the changes of state that follow from dates alone: resumes pledges whose pause is over,
/// abandons pledges that never began, ends pledges whose grace is over, and marks methods whose
/// printed month is near its end. Part of `run billing`; it charges nobody.
package enum AdvancePledges {
    package struct Summary: Hashable, Sendable {
        package var resumed = 0
        package var abandoned = 0
        package var lapsed = 0
        package var expiring = 0

        package var json: JSON {
            [
                "resumed": .integer(Int64(resumed)), "abandoned": .integer(Int64(abandoned)),
                "lapsed": .integer(Int64(lapsed)), "expiring": .integer(Int64(expiring)),
            ]
        }

        fileprivate mutating func add(_ page: Summary) {
            resumed += page.resumed
            abandoned += page.abandoned
            lapsed += page.lapsed
            expiring += page.expiring
        }
    }

    /// Makes all changes that are due at `moment` (nil is now), one batch per transaction. All
    /// batches have the same moment. No pledge is given up whose charge was last tried through a
    /// processor that is not in `processors`: it may know of a payment. Returns the counts.
    package static func run(
        asking processors: Processors, at moment: Instant? = nil, in context: Context
    ) async throws -> Summary {
        let now = moment ?? context.now
        var summary = Summary()
        var next: Advance? = .resume
        while let step = next {
            let moved: Summary
            (next, moved) = try await context.change(at: now) {
                try step.page(asking: processors, in: $0)
            }
            summary.add(moved)
        }
        context.log(.info, "pledges advanced", summary.json)
        return summary
    }
}

/// One kind of change, and how far its list has been processed. What the first two kinds change
/// leaves their lists, so they need no position; most rows of the other lists stay.
private enum Advance: Sendable {
    case resume, abandonWithoutMethod
    case endFailed(PledgeState, after: Charge?)
    case expire(after: PaymentMethod?)

    /// The next kind; nil after the last.
    private var following: Advance? {
        switch self {
        case .resume: .abandonWithoutMethod
        case .abandonWithoutMethod: .endFailed(.pending, after: nil)
        case .endFailed(.pending, _): .endFailed(.pastDue, after: nil)
        case .endFailed: .expire(after: nil)
        case .expire: nil
        }
    }

    /// Processes one page. Returns the next page, nil after the last, and what changed.
    func page(
        asking processors: Processors, in change: Change
    ) throws -> (next: Advance?, moved: AdvancePledges.Summary) {
        var moved = AdvancePledges.Summary()
        let today = try change.today()
        switch self {
        case .resume:
            let due = try change.store.pledges(pausedThrough: today, limit: Advance.pageSize)
            for pledge in due {
                // On the anchor date that was fixed when the pause began, however late this run is.
                _ = try change.pledges.resume(pledge, chargeOn: pledge.nextChargeOn)
            }
            moved.resumed = due.count
            return (due.count == Advance.pageSize ? self : following, moved)
        case .abandonWithoutMethod:
            let limit = change.now.adding(hours: -PledgeCause.pendingHours)
            let due = try change.store.pledges(pendingSince: limit, limit: Advance.pageSize)
            for pledge in due {
                try change.pledges.move(pledge, by: .waitedTooLong)
            }
            moved.abandoned = due.count
            return (due.count == Advance.pageSize ? self : following, moved)
        case .endFailed(let state, let after):
            let charges = try change.store.failedCharges(
                of: state, firstTriedBy: today, after: after, limit: Advance.pageSize)
            for charge in charges where processors.knowAll(of: charge) {
                try end(charge, of: state, in: change, &moved)
            }
            let last = charges.count == Advance.pageSize ? charges.last : nil
            return (last.map { .endFailed(state, after: $0) } ?? following, moved)
        case .expire(let after):
            let soon = today.adding(days: PaymentMethodState.expiringDays).yearMonth
            let methods = try change.store.paymentMethods(
                expiringThrough: soon, after: after, limit: Advance.pageSize)
            for method in methods
            where
                PaymentMethodState.initial(expires: method.expires, today: today) != .active
            {
                // Past its month it stays so: only the processor's word ends it.
                try change.methods.move(method, by: .expiryNear)
                moved.expiring += 1
            }
            let last = methods.count == Advance.pageSize ? methods.last : nil
            return (last.map { .expire(after: $0) } ?? following, moved)
        }
    }

    /// Ends a pledge whose charge failed. A pending one is abandoned after
    /// `PledgeCause.pendingHours`, so that its reader has time for another try; others lapse at the
    /// end of their grace.
    private func end(
        _ charge: Charge, of state: PledgeState, in change: Change,
        _ moved: inout AdvancePledges.Summary
    ) throws {
        // What waits for the reader is withdrawn at the processor first, and is then declined.
        guard charge.state == .declined else { return }
        let pledge = try change.existing(charge.pledgeID)
        // What the reader has given meanwhile is tried once first: a method, or a lower amount.
        if let next = charge.nextStepAt, next <= change.now,
            let attempt = try change.store.attempt(charge.id, charge.attempts),
            !charge.isWanted(of: pledge, asAttempted: attempt)
        {
            return
        }
        if state == .pending {
            guard charge.createdAt <= change.now.adding(hours: -PledgeCause.pendingHours)
            else { return }
            try change.pledges.move(pledge, by: .waitedTooLong)
            moved.abandoned += 1
        } else {
            if try change.endGrace(
                of: charge, pledge, missedTry: hasMissedRetry(charge, pledge, change))
            {
                moved.lapsed += 1
            }
        }
    }

    /// Whether a retry was scheduled within the grace and not made, or waits for the next due date.
    private func hasMissedRetry(
        _ charge: Charge, _ pledge: Pledge, _ change: Change
    ) throws -> Bool {
        guard let next = charge.nextStepAt else { return false }
        let day = try change.zone().date(at: next)
        return day <= Dunning.lapseDate(of: charge, pledge) || day == pledge.nextChargeOn
    }

    /// Rows per transaction: few enough that other writers hardly wait.
    private static let pageSize = 200
}
