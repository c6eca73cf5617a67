package import Pledging
import Store

/// Changes the terms of a pledge from its next charge on: the amount, how many months one charge
/// pays for, how often the reader gets a receipt. Another currency needs a new pledge.
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

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [.amount, .collectEvery]

    /// Returns the pledge afterwards. Throws Problem: `.invalid` for a value that breaks a rule,
    /// `.notPermitted` for more money, unless the reader asks, `.conflict` when the pledge is over.
    package static func run(
        _ id: ID<Pledge>, _ wish: Wish, in context: Context
    ) async throws -> Pledge {
        try await context.answer { change in
            let pledge = try change.existing(id)
            try pledge.refuseIfOver()
            // 1. The new terms, within the limits of the pledge's currency and interval.
            var changed = pledge
            if let text = wish.amount { changed.amount = try amount(text, of: pledge) }
            if let periods = wish.collectEvery {
                try InputRules.collectEvery(periods, pledge.interval)
                changed.collectEvery = periods
            }
            changed.receipts = wish.receipts ?? pledge.receipts
            if changed == pledge { return pledge }
            try InputRules.chargeable(
                changed.chargeAmount, by: change.method(of: changed)?.processor)
            // 2. More is taken only if the reader asks for it, and only after a notice.
            let isRise =
                changed.amount.minorUnits > pledge.amount.minorUnits
                || changed.chargeAmount.minorUnits > pledge.chargeAmount.minorUnits
            guard !isRise || context.actor == .reader else {
                throw Problem(
                    .notPermitted, field: .amount,
                    "only the reader can raise the amount; here it can only be lowered")
            }
            changed.needsNotice = try change.needsNotice(
                changed, by: change.method(of: pledge)?.kind, isRaised: isRise)
            // 3. Row and event.
            changed.version += 1
            try change.pledges.write(changed, .pledgeChanged, from: pledge.state)
            // 4. What waits at the bank for the former amount is called off by the next run.
            if let question = try change.bankQuestion(of: pledge),
                question.charge.amount(owedBy: changed) != question.charge.amount
            {
                try change.store.schedule(question.charge.id, next: change.now)
            }
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
