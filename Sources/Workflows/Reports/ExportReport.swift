package import Pledging
import Store

/// Writes a report in chunks, the first of them at once. Each page is a separate short read, so a
/// slow reader keeps no transaction open, and memory use does not depend on the size.
package enum ExportReport {
    /// Calls `write` with each chunk. Returns the number of rows.
    package static func run<Report: TabularReport>(
        _ report: Report, as format: ReportFormat, in context: Context,
        to write: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        var bytes: [UInt8] = []
        format.begin(Report.columns, &bytes)
        try await write(bytes)
        bytes.removeAll(keepingCapacity: true)
        var rows = 0
        try await report.pages(in: context) { page in
            for cells in page {
                format.append(
                    cells, of: Report.columns, amounts: Report.amounts, isFirst: rows == 0,
                    to: &bytes)
                rows += 1
            }
            try await write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        format.end(&bytes)
        try await write(bytes)
        return rows
    }
}

/// A report: columns, and rows with a cell for each column, nil when empty.
package protocol TabularReport: Sendable {
    static var columns: [String] { get }
    /// Those that hold amounts which may be negative: no spreadsheet runs them as a formula.
    static var amounts: Set<String> { get }

    /// Calls `each` with the rows in the order of the report, one page at a time.
    func pages(in context: Context, each: ([[String?]]) async throws -> Void) async throws
}

extension TabularReport {
    package static var amounts: Set<String> { [] }
}

/// The days that a report is about, in the newsroom's zone; nil means no limit.
package struct ReportDays: Hashable, Sendable {
    package let from: CivilDate?
    package let to: CivilDate?

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [.lastDay]

    /// Throws Problem `.invalid` when the last day comes before the first.
    package init(from: CivilDate? = nil, to: CivilDate? = nil) throws(Problem) {
        if let from, let to, to < from {
            throw Problem(.invalid, field: .lastDay, "must not be before the first day")
        }
        self.from = from
        self.to = to
    }

    /// Calls `each` with each page of rows that `read` returns for these days in the newsroom's
    /// zone; `read` is given the last row so far. Each page is a short read of its own.
    func eachPage<Row: Sendable>(
        in context: Context,
        _ read:
            @escaping @Sendable (
                Transaction, (since: Instant, until: Instant), Row?
            ) throws -> [Row],
        each: ([Row]) async throws -> Void
    ) async throws {
        let span = span(in: try await context.look { try $0.zone() })
        var last: Row?
        while true {
            let after = last
            let page = try await context.look { try read($0.store, span, after) }
            guard let end = page.last else { return }
            try await each(page)
            last = end
        }
    }

    /// Rows of a page: enough to share its cost, few enough for constant memory.
    static let pageSize = 1_000

    /// Whether they contain a whole month.
    func contain(_ month: YearMonth) -> Bool {
        (from.map { $0 <= month.firstDay } ?? true) && (to.map { month.lastDay <= $0 } ?? true)
    }

    /// Returns the first moment of the days, and the first moment after them.
    func span(in zone: TimeZoneRules) -> (since: Instant, until: Instant) {
        (
            from.map { zone.instant(of: $0, hour: 0) } ?? Instant(milliseconds: 0),
            to.map { zone.instant(of: $0.adding(days: 1), hour: 0) }
                ?? Instant(milliseconds: .max)
        )
    }
}
