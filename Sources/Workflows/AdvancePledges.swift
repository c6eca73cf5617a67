package import Pledging
import Store

/// What time alone moves: pauses that are over, pledges that never got a method, methods that
/// expire. Part of `run billing`; it charges nobody.
package enum AdvancePledges {
    package struct Summary: Hashable, Sendable {
        package var resumed = 0
        package var abandoned = 0
        package var expiring = 0
        package var expired = 0

        package var json: JSON {
            [
                "resumed": .integer(Int64(resumed)), "abandoned": .integer(Int64(abandoned)),
                "expiring": .integer(Int64(expiring)), "expired": .integer(Int64(expired)),
            ]
        }
    }

    /// Everything that is due, a batch to a transaction; with `isDryRun` nothing is kept.
    package static func run(isDryRun: Bool, in context: Context) async throws -> Summary {
        let context = context.acting(as: "billing")
        try await isDryRun ? context.refuseWhileHeld() : context.beginRun()
        var summary = Summary()
        summary.resumed = try await batches(isDryRun, in: context) { transaction, now in
            let today = try transaction.today(at: now)
            let due = try transaction.pledges(pausedThrough: today, limit: batchSize)
            for pledge in due {
                // On the anchor date that was fixed when the pause began, however late this runs.
                _ = try transaction.resume(
                    pledge, chargeOn: pledge.nextChargeOn, in: context, at: now)
            }
            return due.count
        }
        summary.abandoned = try await batches(isDryRun, in: context) { transaction, now in
            let limit = now.adding(hours: -PledgeCause.pendingHours)
            let due = try transaction.pledges(pendingSince: limit, limit: batchSize)
            for pledge in due {
                try transaction.move(pledge, by: .waitedTooLong, in: context, at: now) { _ in }
            }
            return due.count
        }
        (summary.expiring, summary.expired) = try await advanceMethods(isDryRun, in: context)
        context.log(.info, "pledges advanced", summary.json)
        return summary
    }

    /// Goes through the methods that expire soon, page by page: those that are expiring already
    /// stay in the list without moving.
    private static func advanceMethods(
        _ isDryRun: Bool, in context: Context
    ) async throws -> (expiring: Int, expired: Int) {
        let now = context.now
        var moved = (expiring: 0, expired: 0)
        var last: PaymentMethod?
        while true {
            let after = last
            let page = try await context.book.write { transaction in
                let today = try transaction.today(at: now)
                let soon = today.adding(days: PaymentMethodState.expiringDays).yearMonth
                let methods = try transaction.paymentMethods(
                    expiringThrough: soon, after: after, limit: batchSize)
                var states: [PaymentMethodState] = []
                for method in methods {
                    let wanted = PaymentMethodState.initial(expires: method.expires, today: today)
                    guard wanted != .active, wanted != method.state else { continue }
                    if !isDryRun {
                        let cause: PaymentMethodCause =
                            wanted == .expired ? .expiryPassed : .expiryNear
                        try transaction.move(method, by: cause, in: context, at: now)
                    }
                    states.append(wanted)
                }
                return (states: states, last: methods.last, isFull: methods.count == batchSize)
            }
            moved.expiring += page.states.count { $0 == .expiring }
            moved.expired += page.states.count { $0 == .expired }
            guard page.isFull else { return moved }
            last = page.last
        }
    }

    private static func batches(
        _ isDryRun: Bool, in context: Context,
        _ body: @escaping @Sendable (Transaction, Instant) throws -> Int
    ) async throws -> Int {
        let now = context.now
        if isDryRun {
            return try await context.book.rehearse { transaction in
                var total = 0
                while true {
                    let count = try body(transaction, now)
                    total += count
                    if count < batchSize { return total }
                }
            }
        }
        var total = 0
        while true {
            let count = try await context.book.write { try body($0, now) }
            total += count
            if count < batchSize { return total }
        }
    }

    /// Rows to a transaction: short enough that other writers hardly wait.
    private static let batchSize = 200
}
