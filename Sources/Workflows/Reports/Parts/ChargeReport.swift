import Pledging
import Store

/// Paid charges, one row per charge, in the order of payment.
package struct ChargeReport: TabularReport {
    package let days: ReportDays

    package init(_ days: ReportDays) { self.days = days }

    package static let columns = [
        "charge_id", "pledge_id", "supporter_id", "period", "periods", "due_on", "paid_at",
        "amount", "currency", "refunded", "processor", "remote_id", "fee", "net",
        "settlement_currency", "payout_id", "attempts",
    ]

    package func pages(
        in context: Context, each: ([[String?]]) async throws -> Void
    ) async throws {
        let span = days.span(in: try await context.look { try $0.zone() })
        var last: Charge?
        while true {
            let after = last
            let page = try await context.look { look in
                try look.store.paidCharges(
                    since: span.since, until: span.until, after: after,
                    limit: ChargeReport.pageSize)
            }
            guard let end = page.last else { return }
            try await each(page.map(ChargeReport.cells))
            last = end
        }
    }

    private static func cells(of charge: Charge) -> [String?] {
        let settlement = charge.settlement
        let refunded = Money(
            minorUnits: charge.refundedMinor, currency: charge.amount.currency)
        return [
            charge.id.text, charge.pledgeID.text, charge.supporterID.text,
            String(charge.firstPeriod), String(charge.periodCount), charge.dueOn.description,
            charge.paidAt?.rfc3339, charge.amount.decimal, charge.amount.currency.code,
            refunded.decimal, charge.processor, charge.remoteID,
            settlement.map { $0.text($0.feeMinor) }, settlement.map { $0.text($0.netMinor) },
            settlement?.currency, settlement?.payoutID, String(charge.attempts),
        ]
    }

    private static let pageSize = 1_000
}
