package import Pledging
package import Store

/// Everybody in the book, one row per supporter and pledge, in the order of their ids. Pages are
/// short reads of their own: a slow reader pins nothing, and memory stays the same for any size.
package enum ExportSupporterReport {
    package struct Filter: Sendable {
        package var state: PledgeState?
        package var withPersonalData: Bool

        package init(state: PledgeState? = nil, withPersonalData: Bool = true) {
            self.state = state
            self.withPersonalData = withPersonalData
        }
    }

    /// Writes the report in pieces, the first of them at once. Returns the number of rows.
    package static func run(
        _ filter: Filter, as format: ReportFormat, in context: Context,
        to write: ([UInt8]) throws -> Void
    ) async throws -> Int {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pageSize * 400)
        format.begin(&bytes)
        try write(bytes)
        bytes.removeAll(keepingCapacity: true)
        var rows = 0
        try await pages(filter, in: context) { page in
            for row in page {
                try format.append(row, isFirst: rows == 0, to: &bytes)
                rows += 1
            }
            try write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        format.end(&bytes)
        try write(bytes)
        return rows
    }

    /// The rows themselves, a page at a time.
    package static func pages(
        _ filter: Filter, in context: Context, each: ([ReportRow]) throws -> Void
    ) async throws {
        var page = try await read(filter, after: .start, limit: firstPageSize, context)
        while let last = page.last {
            // The next page is read and opened while this one is written.
            let position = ReportPosition(
                supporterID: last.supporterID, pledgeID: last.pledge?.id ?? "")
            async let next = read(filter, after: position, limit: pageSize, context)
            try each(page)
            page = try await next
        }
    }

    private static func read(
        _ filter: Filter, after position: ReportPosition, limit: Int, _ context: Context
    ) async throws -> [ReportRow] {
        try await context.book.read { transaction in
            try transaction.reportRows(
                state: filter.state, after: position, limit: limit,
                withPersonalData: filter.withPersonalData)
        }
    }

    /// Small, so that the first rows are there at once.
    private static let firstPageSize = 50
    /// Large enough that the cost of a page does not show, small enough for constant memory.
    private static let pageSize = 2_000
}
