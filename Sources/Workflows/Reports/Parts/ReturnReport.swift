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
        let span = days.span(in: try await context.look { try $0.zone() })
        var last: ReturnRow?
        while true {
            let after = last
            let page = try await context.look { look in
                try look.store.refunds(
                    since: span.since, until: span.until, after: after, limit: returnPageSize)
            }
            guard let end = page.last else { return }
            try await each(
                page.map { row in
                    [
                        row.id, row.chargeID, row.pledgeID, row.supporterID, row.extraPaymentID,
                        row.at.rfc3339, row.amount.decimal, row.amount.currency.code, row.state,
                        row.reason, row.isAutomatic ? "yes" : "no", row.processor, row.remoteID,
                    ]
                })
            last = end
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
        let span = days.span(in: try await context.look { try $0.zone() })
        var last: ReturnRow?
        while true {
            let after = last
            let page = try await context.look { look in
                try look.store.disputes(
                    since: span.since, until: span.until, after: after, limit: returnPageSize)
            }
            guard let end = page.last else { return }
            try await each(
                page.map { row in
                    [
                        row.id, row.chargeID, row.pledgeID, row.supporterID, row.extraPaymentID,
                        row.at.rfc3339, row.amount.decimal, row.amount.currency.code, row.state,
                        row.processor, row.remoteID,
                    ]
                })
            last = end
        }
    }
}

private let returnPageSize = 1_000
