package import Pledging
import Store

/// What time alone moves: pauses that are over, pledges that never began, grace that ended, methods
/// that expire. Part of `run billing`; it charges nobody.
package enum AdvancePledges {
    package struct Summary: Hashable, Sendable {
        package var resumed = 0
        package var abandoned = 0
        package var lapsed = 0
        package var expiring = 0
        package var expired = 0

        package var json: JSON {
            [
                "resumed": .integer(Int64(resumed)), "abandoned": .integer(Int64(abandoned)),
                "lapsed": .integer(Int64(lapsed)), "expiring": .integer(Int64(expiring)),
                "expired": .integer(Int64(expired)),
            ]
        }

        fileprivate mutating func add(_ page: Summary) {
            resumed += page.resumed
            abandoned += page.abandoned
            lapsed += page.lapsed
            expiring += page.expiring
            expired += page.expired
        }
    }

    /// Everything that is due, a batch to a transaction; with `isDryRun` nothing is kept.
    package static func run(isDryRun: Bool, in context: Context) async throws -> Summary {
        let context = context.acting(as: "billing")
        if isDryRun {
            try await context.refuseWhileHeld()
            let now = context.now
            return try await context.book.rehearse { try rehearse(at: now, $0, in: context) }
        }
        try await context.beginRun()
        return try await pass(in: context)
    }

    /// The same as part of a billing run.
    static func pass(in context: Context) async throws -> Summary {
        let now = context.now
        var summary = Summary()
        for first in Advance.all {
            var step: Advance? = first
            while let present = step {
                let (next, page) = try await context.book.write { transaction in
                    try present.page(transaction, at: now, in: context)
                }
                summary.add(page)
                step = next
            }
        }
        context.log(.info, "pledges advanced", summary.json)
        return summary
    }

    /// The same steps in a transaction that the caller rolls back.
    static func rehearse(
        at now: Instant, _ transaction: Transaction, in context: Context
    ) throws -> Summary {
        var summary = Summary()
        for first in Advance.all {
            var step: Advance? = first
            while let present = step {
                let (next, page) = try present.page(transaction, at: now, in: context)
                summary.add(page)
                step = next
            }
        }
        return summary
    }
}

/// One kind of thing that time moves, and how far it has been gone through. What is moved leaves
/// the first two lists; most of what stands in the others stays.
private enum Advance: Sendable {
    case resume, abandonWithoutMethod
    case endFailed(PledgeState, after: Charge?)
    case expire(after: PaymentMethod?)

    static let all: [Advance] = [
        .resume, .abandonWithoutMethod, .endFailed(.pending, after: nil),
        .endFailed(.pastDue, after: nil), .expire(after: nil),
    ]

    /// One page; and the next one, nil after the last.
    func page(
        _ transaction: Transaction, at now: Instant, in context: Context
    ) throws -> (next: Advance?, moved: AdvancePledges.Summary) {
        var moved = AdvancePledges.Summary()
        let today = try transaction.today(at: now)
        switch self {
        case .resume:
            let due = try transaction.pledges(pausedThrough: today, limit: Advance.pageSize)
            for pledge in due {
                // On the anchor date that was fixed when the pause began, however late this runs.
                _ = try transaction.resume(
                    pledge, chargeOn: pledge.nextChargeOn, in: context, at: now)
            }
            moved.resumed = due.count
            return (due.count == Advance.pageSize ? self : nil, moved)
        case .abandonWithoutMethod:
            let limit = now.adding(hours: -PledgeCause.pendingHours)
            let due = try transaction.pledges(pendingSince: limit, limit: Advance.pageSize)
            for pledge in due {
                try transaction.move(pledge, by: .waitedTooLong, in: context, at: now) { _ in }
            }
            moved.abandoned = due.count
            return (due.count == Advance.pageSize ? self : nil, moved)
        case .endFailed(let state, let after):
            let charges = try transaction.failedCharges(
                of: state, firstTriedBy: today, after: after, limit: Advance.pageSize)
            for charge in charges {
                try end(charge, of: state, transaction, at: now, in: context, &moved)
            }
            let last = charges.count == Advance.pageSize ? charges.last : nil
            return (last.map { .endFailed(state, after: $0) }, moved)
        case .expire(let after):
            let soon = today.adding(days: PaymentMethodState.expiringDays).yearMonth
            let methods = try transaction.paymentMethods(
                expiringThrough: soon, after: after, limit: Advance.pageSize)
            for method in methods {
                let wanted = PaymentMethodState.initial(expires: method.expires, today: today)
                guard wanted != .active, wanted != method.state else { continue }
                let isOver = wanted == .expired
                try transaction.move(
                    method, by: isOver ? .expiryPassed : .expiryNear, in: context, at: now)
                if isOver { moved.expired += 1 } else { moved.expiring += 1 }
            }
            let last = methods.count == Advance.pageSize ? methods.last : nil
            return (last.map { .expire(after: $0) }, moved)
        }
    }

    /// A pledge whose first charge failed is abandoned once its reader has had time for another
    /// try; others lapse at the end of their grace.
    private func end(
        _ charge: Charge, of state: PledgeState, _ transaction: Transaction, at now: Instant,
        in context: Context, _ moved: inout AdvancePledges.Summary
    ) throws {
        let pledge = try transaction.existingPledge(charge.pledgeID)
        if state == .pending {
            guard charge.createdAt <= now.adding(hours: -PledgeCause.pendingHours) else { return }
            try transaction.move(pledge, by: .waitedTooLong, in: context, at: now) { _ in }
            moved.abandoned += 1
        } else {
            guard try transaction.lapseDate(of: charge, pledge) <= transaction.today(at: now)
            else { return }
            try transaction.move(pledge, by: .graceEnded, in: context, at: now) { _ in }
            moved.lapsed += 1
        }
    }

    /// Rows to a transaction: short enough that other writers hardly wait.
    private static let pageSize = 200
}
