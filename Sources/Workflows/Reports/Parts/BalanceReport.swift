package import Pledging
import Store

/// The newsroom's balance at each processor over a month, in the newsroom's zone: one row per
/// processor and currency of settlement. What people had paid who were removed for their safety has
/// no processor any more; its months are those of UTC.
package struct BalanceReport: TabularReport {
    package let month: YearMonth

    package init(_ month: YearMonth) { self.month = month }

    package static let columns = [
        "month", "processor", "currency", "opening", "charges", "refunds", "disputes", "fees",
        "adjustments", "payouts", "closing",
    ]

    package static let amounts = Set(columns.dropFirst(3))

    package func pages(
        in context: Context, each: ([[String?]]) async throws -> Void
    ) async throws {
        let balances = try await context.look { look in
            let zone = try look.zone()
            let moves = try look.store.balanceMoves(
                since: zone.instant(of: month.firstDay, hour: 0),
                until: zone.instant(of: month.lastDay.adding(days: 1), hour: 0))
            let removed = try look.store.removedSums().filter { $0.month <= month }
            return Balance.all(moves + removed.flatMap { $0.moves(in: month) })
        }
        if !balances.isEmpty { try await each(balances.map(cells)) }
    }

    private func cells(of balance: Balance) -> [String?] {
        let sums =
            [balance.openingMinor] + BalanceMove.Kind.allCases.map { balance[$0] }
            + [balance.closingMinor]
        let exponent = Currency.exponent(of: balance.currency)
        return [
            month.description, balance.processor.isEmpty ? nil : balance.processor,
            balance.currency,
        ]
            + sums.map { Money.decimal($0, exponent: exponent) }
    }
}

extension RemovedSum {
    fileprivate func moves(in month: YearMonth) -> [BalanceMove] {
        let isWithin = self.month == month
        return [(BalanceMove.Kind.charges, amountMinor), (.refunds, refundedMinor)].map {
            BalanceMove(
                processor: "", currency: currency, kind: $0, beforeMinor: isWithin ? 0 : $1,
                withinMinor: isWithin ? $1 : 0)
        }
    }
}
