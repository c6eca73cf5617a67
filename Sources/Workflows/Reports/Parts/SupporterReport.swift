package import Pledging
import Store

/// All supporters, one row per supporter and pledge, in the order of their ids.
package struct SupporterReport: TabularReport {
    package var state: PledgeState?
    package var withPersonalData: Bool

    /// With a `state`, it has only pledges in that state.
    package init(state: PledgeState? = nil, withPersonalData: Bool = true) {
        self.state = state
        self.withPersonalData = withPersonalData
    }

    package static let columns = [
        "supporter_id", "email", "name", "locale", "country", "created_at", "pledge_id",
        "pledge_state", "amount", "currency", "interval", "started_on", "next_charge_on",
        "method_kind", "method_brand", "method_last4", "method_expires", "charges_succeeded",
        "total_given", "last_charge_on", "open_reminder_on",
    ]

    package func pages(
        in context: Context, each: ([[String?]]) async throws -> Void
    ) async throws {
        var page = try await read(after: .start, limit: SupporterReport.firstPageSize, context)
        while let last = page.last {
            // The next page is read and opened while this one is written.
            let position = ReportPosition(
                supporterID: last.supporterID, pledgeID: last.pledge?.id ?? "")
            async let next = read(after: position, limit: SupporterReport.pageSize, context)
            try await each(page.map(SupporterReport.cells))
            page = try await next
        }
    }

    private func read(
        after position: ReportPosition, limit: Int, _ context: Context
    ) async throws -> [ReportRow] {
        try await context.look { look in
            try look.store.reportRows(
                state: state, after: position, limit: limit, withPersonalData: withPersonalData)
        }
    }

    private static func cells(of row: ReportRow) throws -> [String?] {
        let pledge = row.pledge
        return [
            row.supporterID, row.email, row.name, row.locale, row.country, row.createdAt.rfc3339,
            pledge?.id, pledge?.state, try pledge.map { try decimal($0.amountMinor, $0) },
            pledge?.currency, pledge?.interval, pledge?.startedOn, pledge?.nextChargeOn,
            pledge?.methodKind, pledge?.methodBrand, pledge?.methodLast4, pledge?.methodExpires,
            pledge.map { String($0.chargesSucceeded) },
            try pledge.map { try decimal($0.totalGivenMinor, $0) }, pledge?.lastChargedOn,
            row.openReminderOn,
        ]
    }

    private static func decimal(_ minor: Int64, _ pledge: ReportPledge) throws -> String {
        Money(minorUnits: minor, currency: try Currency(pledge.currency)).decimal
    }

    /// Small, so that the first rows appear at once.
    private static let firstPageSize = 50
    /// Large enough to share the cost of a page, small enough for constant memory.
    private static let pageSize = 2_000
}
