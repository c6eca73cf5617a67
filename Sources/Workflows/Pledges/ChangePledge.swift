package import Pledging
import Store

/// Other terms, from the next charge on: the amount, how many months one charge pays for, how often
/// the reader gets a receipt. The currency never changes: that is a new pledge.
package enum ChangePledge {
    package struct Wish: Sendable {
        package var amount: String?
        package var collectEvery: Int?
        package var receipts: Pledge.Receipts?

        package init(
            amount: String? = nil, collectEvery: Int? = nil, receipts: Pledge.Receipts? = nil
        ) {
            self.amount = amount
            self.collectEvery = collectEvery
            self.receipts = receipts
        }
    }

    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = [.amount, .collectEvery]

    package static func run(
        _ id: ID<Pledge>, _ wish: Wish, in context: Context
    ) async throws -> Pledge {
        try await context.answer { change in
            let pledge = try change.existing(id)
            try pledge.refuseIfOver()
            // 1. The wish, within the limits of the pledge's own currency and interval.
            var changed = pledge
            if let text = wish.amount { changed.amount = try amount(text, of: pledge) }
            if let periods = wish.collectEvery {
                try InputRules.collectEvery(periods, pledge.interval)
                changed.collectEvery = periods
            }
            changed.receipts = wish.receipts ?? pledge.receipts
            if changed == pledge { return pledge }
            // 2. More is taken only when the reader says so, and only after a notice.
            let isRise =
                changed.amount.minorUnits > pledge.amount.minorUnits
                || changed.chargeAmount.minorUnits > pledge.chargeAmount.minorUnits
            guard !isRise || context.actor == .reader else {
                throw Problem(
                    .notPermitted, field: .amount,
                    "a rise needs the reader's own click; only a lower amount can be set here")
            }
            changed.needsNotice = try change.needsNotice(
                changed, by: change.method(of: pledge)?.kind, isRaised: isRise)
            // 3. Row and event.
            changed.version += 1
            try change.pledges.write(changed, .pledgeChanged, from: pledge.state)
            return changed
        }
    }

    private static func amount(_ text: String, of pledge: Pledge) throws(Problem) -> Money {
        do throws(MoneyError) {
            return try Money(pledging: text, pledge.amount.currency, pledge.interval)
        } catch {
            throw Problem(.invalid, field: .amount, error.description)
        }
    }
}
