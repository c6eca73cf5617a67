package import Pledging

/// Writes a report in pieces, the first of them at once. Pages are short reads of their own: a slow
/// reader pins nothing, and memory stays the same for any size.
package enum ExportReport {
    /// Returns the number of rows.
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
                format.append(cells, of: Report.columns, isFirst: rows == 0, to: &bytes)
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

/// What can be written as a report: columns, and rows of as many cells, nil where there is nothing.
package protocol TabularReport: Sendable {
    static var columns: [String] { get }

    /// The rows in the order of the report, a page at a time.
    func pages(in context: Context, each: ([[String?]]) async throws -> Void) async throws
}

/// The days that a report is about, in the newsroom's zone; nil is without an end.
package struct ReportDays: Hashable, Sendable {
    package let from: CivilDate?
    package let to: CivilDate?

    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = [.lastDay]

    /// Throws Problem `.invalid` where the last day comes before the first.
    package init(from: CivilDate? = nil, to: CivilDate? = nil) throws(Problem) {
        if let from, let to, to < from {
            throw Problem(.invalid, field: .lastDay, "must not be before the first day")
        }
        self.from = from
        self.to = to
    }

    /// The first moment, and the first that is too late.
    func span(in zone: TimeZoneRules) -> (since: Instant, until: Instant) {
        (
            from.map { zone.instant(of: $0, hour: 0) } ?? Instant(milliseconds: 0),
            to.map { zone.instant(of: $0.adding(days: 1), hour: 0) }
                ?? Instant(milliseconds: .max)
        )
    }
}
