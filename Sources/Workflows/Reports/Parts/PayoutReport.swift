import Pledging
import Store

/// Payouts of processors to the newsroom's bank, one row per payout, in the order of time, with the
/// sums of what it was made of. What was settled and not paid out yet comes last, without an id.
package struct PayoutReport: TabularReport {
    package init() {}

    package static let columns = [
        "payout_id", "processor", "currency", "made_at", "state", "charges", "gross", "refunds",
        "disputes", "fees", "adjustments", "amount", "difference",
    ]

    package static let amounts: Set = [
        "gross", "refunds", "disputes", "fees", "adjustments", "amount", "difference",
    ]

    package func pages(
        in context: Context, each: ([[String?]]) async throws -> Void
    ) async throws {
        var last: Payout?
        while true {
            let after = last
            let page = try await context.look { look in
                try look.store.payouts(after: after, limit: PayoutReport.pageSize)
            }
            guard let end = page.last else { break }
            try await each(page.map(PayoutReport.cells))
            last = end
        }
        let waiting = try await context.book.read { try $0.settledWithoutPayout() }
        if !waiting.isEmpty { try await each(waiting.map(PayoutReport.cells)) }
    }

    private static func cells(of payout: Payout) -> [String?] {
        let parts = payout.parts
        let sums = [
            parts?.grossMinor, parts?.refundsMinor, parts?.disputesMinor, parts?.feesMinor,
            parts?.adjustmentsMinor, payout.amountMinor, payout.differenceMinor,
        ]
        return [
            payout.remoteID, payout.processor, payout.currency, payout.madeAt.rfc3339,
            payout.state.rawValue, parts.map { String($0.charges) },
        ] + sums.map { $0.map { text($0, payout.currency) } }
    }

    private static func cells(of waiting: UnpaidSettlement) -> [String?] {
        let (currency, fee, net) = (waiting.currency, waiting.feeMinor, waiting.netMinor)
        return [
            nil, waiting.processor, currency, nil, nil, String(waiting.charges),
            text(fee + net, currency), nil, nil, text(fee, currency), nil, text(net, currency), nil,
        ]
    }

    private static func text(_ minorUnits: Int64, _ currency: String) -> String {
        Money.decimal(minorUnits, exponent: Currency.exponent(of: currency))
    }

    private static let pageSize = 500
}
