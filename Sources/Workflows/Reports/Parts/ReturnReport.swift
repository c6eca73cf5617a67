import Pledging
import Store

/// Refunds by the day on which they were asked for, one row per refund.
package struct RefundReport: TabularReport {
    package let days: ReportDays

    package init(_ days: ReportDays) { self.days = days }

    package static let columns = [
        "refund_id", "charge_id", "pledge_id", "supporter_id", "extra_payment_id", "asked_at",
        "amount", "currency", "state", "reason", "automatic", "processor", "remote_id",
    ]

    package func pages(
        in context: Context, each: ([[String?]]) async throws -> Void
    ) async throws {
        try await days.eachPage(in: context) { store, span, last in
            try store.refunds(
                since: span.since, until: span.until, after: last, limit: ReportDays.pageSize)
        } each: { page in
            try await each(
                page.map {
                    $0.shared + [
                        $0.reason, $0.isAutomatic ? "yes" : "no", $0.processor, $0.remoteID,
                    ]
                })
        }
    }
}

/// Disputes by the day on which they became known, one row per dispute.
package struct DisputeReport: TabularReport {
    package let days: ReportDays

    package init(_ days: ReportDays) { self.days = days }

    package static let columns = [
        "dispute_id", "charge_id", "pledge_id", "supporter_id", "extra_payment_id", "opened_at",
        "amount", "currency", "state", "processor", "remote_id",
    ]

    package func pages(
        in context: Context, each: ([[String?]]) async throws -> Void
    ) async throws {
        try await days.eachPage(in: context) { store, span, last in
            try store.disputes(
                since: span.since, until: span.until, after: last, limit: ReportDays.pageSize)
        } each: { page in
            try await each(page.map { $0.shared + [$0.processor, $0.remoteID] })
        }
    }
}

extension ReturnRow {
    /// The cells that both reports begin with.
    fileprivate var shared: [String?] {
        [
            id, chargeID, pledgeID, supporterID, extraPaymentID, at.rfc3339, amount.decimal,
            amount.currency.code, state,
        ]
    }
}
