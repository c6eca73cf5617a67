package import Pledging
import Store

/// Imports the people, methods, pledges and reminders of a CSV file, row by row. It charges nobody
/// and sends no mail about past dates. A row that was imported before is skipped; an invalid row is
/// reported and left out.
package enum ImportBook {
    package struct Options: Sendable {
        package var isDryRun: Bool
        package var ignoresUnknownColumns: Bool
        /// SHA-256 of the file. It is stored as the consent to the file's reminders, for which the
        /// operator vouches.
        package var fileDigest: String
        /// Whether webhook endpoints get the events of the imported rows.
        package var deliversEvents: Bool

        package init(
            isDryRun: Bool = false, ignoresUnknownColumns: Bool = false, fileDigest: String,
            deliversEvents: Bool = false
        ) {
            self.deliversEvents = deliversEvents
            self.isDryRun = isDryRun
            self.ignoresUnknownColumns = ignoresUnknownColumns
            self.fileDigest = fileDigest
        }
    }

    package struct Summary: Hashable, Sendable {
        package var rows = 0
        package var imported = 0
        package var known = 0
        package var bad = 0
        package var supporters = 0
        package var paymentMethods = 0
        package var pledges = 0
        package var reminders = 0
        /// Charge dates that were not after the import day and moved to the next anchor date.
        package var movedCharges = 0
        /// Reminders of past days. They are stored as skipped, and nobody gets a mail.
        package var pastReminders = 0

        package var json: JSON {
            [
                "rows": .integer(Int64(rows)), "imported": .integer(Int64(imported)),
                "known": .integer(Int64(known)), "bad": .integer(Int64(bad)),
                "supporters": .integer(Int64(supporters)),
                "payment_methods": .integer(Int64(paymentMethods)),
                "pledges": .integer(Int64(pledges)), "reminders": .integer(Int64(reminders)),
                "moved_charges": .integer(Int64(movedCharges)),
                "past_reminders": .integer(Int64(pastReminders)),
            ]
        }
    }

    /// Imports a CSV file that `nextPiece` returns in chunks until one is empty. Each batch of rows
    /// is one transaction. Invalid rows go to `report`. Throws Problem `.invalid` when the file is
    /// empty or its header line is invalid.
    package static func run(
        _ options: Options, in context: Context, reading nextPiece: @escaping () throws -> [UInt8],
        reporting report: (BadRow) throws -> Void, progress: (Int) -> Void = { _ in }
    ) async throws -> Summary {
        try await context.run(isDryRun: options.isDryRun) { context in
            try await take(
                options, in: context, reading: nextPiece, reporting: report, progress: progress)
        }
    }

    private static func take(
        _ options: Options, in context: Context, reading nextPiece: @escaping () throws -> [UInt8],
        reporting report: (BadRow) throws -> Void, progress: (Int) -> Void
    ) async throws -> Summary {
        let now = context.now
        let today = try await context.look(at: now) { try $0.today() }
        var reader = CSVReader(nextPiece)
        guard let first = try reader.next() else {
            throw Problem(.invalid, "the file is empty; its first line must name the columns")
        }
        let header = try ImportHeader(
            first, ignoringUnknown: options.ignoresUnknownColumns)
        let sink = ImportSink(context, options, now)

        var summary = Summary()
        var batch = try nextBatch(&reader, header, today)
        while !batch.isEmpty {
            // The next rows are read and checked while these are written.
            let rows = batch.rows
            async let written = sink.write(rows)
            let next = try nextBatch(&reader, header, today)
            let answer = try await written
            let bad = (batch.bad + answer.refused).sorted { $0.line < $1.line }
            for row in bad { try report(row) }
            summary.add(answer.summary)
            summary.rows += rows.count + batch.bad.count
            summary.bad += bad.count
            progress(summary.rows)
            batch = next
        }
        return summary
    }

    private struct Batch {
        var rows: [ImportRow] = []
        var bad: [BadRow] = []
        var isEmpty: Bool { rows.isEmpty && bad.isEmpty }
    }

    private static func nextBatch(
        _ reader: inout CSVReader, _ header: ImportHeader, _ today: CivilDate
    ) throws -> Batch {
        var batch = Batch()
        while batch.rows.count < batchSize, batch.bad.count < batchSize,
            let record = try reader.next()
        {
            switch record.content {
            case .malformed(let reason):
                batch.bad.append(BadRow(line: record.line, rule: reason))
            case .fields(let fields):
                do throws(Problem) {
                    let values = try header.values(of: fields)
                    batch.rows.append(
                        try ImportRow(values, line: record.line, today: today))
                } catch {
                    batch.bad.append(
                        BadRow(
                            line: record.line,
                            column: error.field?.importColumn?.rawValue, rule: error.message))
                }
            }
        }
        return batch
    }

    /// Rows per transaction: enough to share its cost, few enough that other writers hardly wait.
    /// Two batches are in memory at once.
    private static let batchSize = 1_000
}

extension ImportBook.Summary {
    fileprivate mutating func add(_ other: ImportBook.Summary) {
        imported += other.imported
        known += other.known
        supporters += other.supporters
        paymentMethods += other.paymentMethods
        pledges += other.pledges
        reminders += other.reminders
        movedCharges += other.movedCharges
        pastReminders += other.pastReminders
    }
}
