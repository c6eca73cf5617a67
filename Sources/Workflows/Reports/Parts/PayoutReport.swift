import Pledging
import Store

/// Payouts of processors to the newsroom's bank, one row per payout, in the order of their ids.
/// Each net is the sum of its charges' nets, to the minor unit. What was settled and not paid out
/// yet comes last, without an id.
package struct PayoutReport: TabularReport {
    package init() {}

    package static let columns = [
        "payout_id", "processor", "currency", "first_paid_at", "last_paid_at", "charges", "gross",
        "fees", "net",
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
        func text(_ minorUnits: Int64) -> String {
            Money.decimal(
                minorUnits, exponent: Currency.exponent(of: payout.currency))
        }
        return [
            payout.id, payout.processor, payout.currency, payout.firstPaidAt.rfc3339,
            payout.lastPaidAt.rfc3339, String(payout.charges),
            text(payout.feeMinor + payout.netMinor), text(payout.feeMinor), text(payout.netMinor),
        ]
    }

    private static let pageSize = 500
}
