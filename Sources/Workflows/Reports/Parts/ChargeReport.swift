import Pledging
import Store

/// Paid charges, one row per charge, in the order of payment. What went back later is in reports of
/// its own, so that a month that is over stays as it is. What people gave who were removed for
/// their safety comes last, one row without ids for each whole month (UTC) and currency.
package struct ChargeReport: TabularReport {
    package let days: ReportDays

    package init(_ days: ReportDays) { self.days = days }

    package static let columns = [
        "charge_id", "pledge_id", "supporter_id", "period", "periods", "due_on", "paid_at",
        "amount", "currency", "processor", "remote_id", "fee", "net",
        "settlement_currency", "payout_id", "attempts",
    ]

    package func pages(
        in context: Context, each: ([[String?]]) async throws -> Void
    ) async throws {
        try await days.eachPage(in: context) { store, span, last in
            try store.paidCharges(
                since: span.since, until: span.until, after: last, limit: ReportDays.pageSize)
        } each: { page in
            try await each(page.map(ChargeReport.cells))
        }
        let removed = try await context.look { try $0.store.removedSums() }
            .filter { days.contain($0.month) }
        if !removed.isEmpty { try await each(removed.map(ChargeReport.cells)) }
    }

    private static func cells(of removed: RemovedSum) -> [String?] {
        let amount = Money.decimal(
            removed.amountMinor, exponent: Currency.exponent(of: removed.currency))
        return [
            nil, nil, nil, nil, nil, nil, removed.month.description, amount, removed.currency, nil,
            nil, nil, nil, nil, nil, nil,
        ]
    }

    private static func cells(of charge: Charge) -> [String?] {
        let settlement = charge.settlement
        return [
            charge.id.text, charge.pledgeID.text, charge.supporterID.text,
            String(charge.firstPeriod), String(charge.periodCount), charge.dueOn.description,
            charge.paidAt?.rfc3339, charge.amount.decimal, charge.amount.currency.code,
            charge.processor, charge.remoteID,
            settlement.map { $0.text($0.feeMinor) }, settlement.map { $0.text($0.netMinor) },
            settlement?.currency, settlement?.payoutID, String(charge.attempts),
        ]
    }
}
