package import Pledging
package import Store

/// Makes the copy of a backup, and describes it. These are two steps, because the composition root
/// opens the copy in between.
package enum BackUpBook {
    /// Copies the book as it is at one moment into a new file at `path`, while writers go on.
    /// `progress` gets the pages done and in all. A book of an older schema is copied too, because
    /// a backup comes before a migration. Throws Problem: `.conflict` for a schema newer than this
    /// program's, `.notPermitted` when the key ring is another book's; KeyRingError.lacksKey when
    /// the ring does not have a key.
    package static func run(
        _ book: Book, to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws {
        _ = try await MigrateBook.checkKnown(book)
        try await book.driver.copy(to: path, progress: progress)
    }

    /// Returns the schema and the row counts of the copy; the book itself may have changed since.
    package static func content(of copy: Book, at now: Instant) async throws -> BackupContent {
        try await copy.read { transaction in
            BackupContent(
                createdAt: now, schema: try transaction.schemaVersion(),
                rows: try transaction.rowCounts())
        }
    }
}

extension BackupFacts {
    /// Returns the facts as JSON, after the path, whose member is called `name`.
    package func json(_ name: String, _ path: String) -> JSON {
        let members: [JSON.Member] = [
            .init(name: name, value: .string(path)),
            .init(name: "bytes", value: .integer(Int64(bytes))),
            .init(name: "sha256", value: .string(sha256)),
            .init(name: "created_at", value: .string(content.createdAt.rfc3339)),
            .init(name: "schema", value: .integer(Int64(content.schema))),
        ]
        let counts = CountedTable.allCases.compactMap { table in
            content.rows[table].map {
                JSON.Member(name: table.rawValue, value: .integer(Int64($0)))
            }
        }
        return .object(members + counts)
    }
}
