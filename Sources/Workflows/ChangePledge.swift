package import Pledging
import Store

/// Another amount, from the next charge on. The currency never changes: that is a new pledge.
package enum ChangePledge {
    package static func run(
        _ id: ID<Pledge>, amount text: String, in context: Context
    ) async throws -> Pledge {
        let now = context.now
        return try await context.book.write { transaction in
            let pledge = try transaction.existingPledge(id)
            // 1. The amount, in the pledge's own currency and within its limits.
            let amount: Money
            do throws(MoneyError) {
                amount = try Money(pledging: text, pledge.amount.currency, pledge.interval)
            } catch {
                throw Problem(.invalid, field: "amount", error.description)
            }
            guard !pledge.state.isFinal else {
                throw Problem(
                    .conflict,
                    "the pledge is over (\(pledge.state.rawValue)); giving again is a new pledge")
            }
            if amount == pledge.amount { return pledge }
            // 2. More is taken only when the reader says so.
            guard amount.minorUnits < pledge.amount.minorUnits || context.actor == .reader else {
                throw Problem(
                    .notPermitted, field: "amount",
                    "a rise needs the reader's own click; only a lower amount can be set here")
            }
            // 3. Row and event.
            var changed = pledge
            changed.amount = amount
            changed.version += 1
            try transaction.update(changed, at: now)
            try transaction.append([
                try context.event(.pledgeChanged, changed, from: pledge.state, at: now)
            ])
            return changed
        }
    }
}
