import HTTPTypes
import Hummingbird
import NIOCore
import Pledging
import Workflows

extension OperationTable {
    static let imports: [Operation] = [
        Operation(
            name: "importBook", method: .post, path: "/v1/imports",
            summary: """
                Imports supporters, pledges, payment methods and reminders from CSV in UTF-8 whose \
                first line names the columns. Rows imported before are skipped; bad rows are \
                reported and left out. Nobody is charged.
                """,
            scope: .importsWrite,
            query: [
                Field("dry_run", .boolean, "Report what would be imported, and change nothing."),
                Field(
                    "ignore_unknown", .boolean,
                    "Ignore unknown columns instead of refusing the file."),
                Field(
                    "deliver_events", .boolean,
                    "Send events about what is imported to webhook endpoints."),
            ],
            takesCSV: true, answer: .importSummary
        ) { call in
            let file = try await call.sentFile()
            let options = ImportBook.Options(
                isDryRun: call.query.flag("dry_run"),
                ignoresUnknownColumns: call.query.flag("ignore_unknown"),
                fileDigest: file.digest, deliversEvents: call.query.flag("deliver_events"))
            var bad: [JSON] = []
            let summary = try await ImportBook.run(
                options, in: call.context, reading: file.next
            ) { row in
                if bad.count < badRowMaximum { bad.append(row.json) }
            }
            return .plain(summary.json.adding(["bad_rows": .array(bad)]))
        }
    ]

    /// At most this many bad rows are listed in an answer; all are counted.
    private static let badRowMaximum = 1_000
}

extension Call {
    /// Reads the whole upload. Throws NIOTooManyBytesError if it is too large, and `brokenOff`. The
    /// server closes a connection that is silent for too long.
    @concurrent fileprivate func sentFile() async throws -> sending ImportFile {
        let sent = try ImportUpload()
        var pieces = upload.makeAsyncIterator()
        var count = 0
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch {
                throw ErrorAnswer.brokenOff
            }
            guard let piece else { return try sent.file() }
            count += piece.readableBytes
            guard count <= web.limits.uploadMaximumBytes else {
                throw NIOTooManyBytesError(maxBytes: web.limits.uploadMaximumBytes)
            }
            try sent.add(Array(piece.readableBytesView))
        }
    }
}

extension Shape {
    static let importSummary = Shape(
        name: "ImportSummary",
        fields: [
            "rows", "imported", "known", "bad", "supporters", "payment_methods", "pledges",
            "reminders", "moved_charges", "past_reminders",
        ].map { Field($0, .integer(0...1_000_000_000), isRequired: true) } + [
            Field(
                "bad_rows",
                .list(
                    .object([
                        Field("line", .integer(1...1_000_000_000), isRequired: true),
                        Field("column", .text(), isRequired: true),
                        Field("rule", .text(maximum: 1_000), isRequired: true),
                    ])), isRequired: true, "The first 1000 bad rows.")
        ])
}
