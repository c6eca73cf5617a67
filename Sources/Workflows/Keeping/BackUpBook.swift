package import Pledging
package import Store

/// What a backup is made of. Its two steps stand apart because the copy is opened in between, which
/// is the composition root's affair.
package enum BackUpBook {
    /// Copies the book as it is at one moment into a new file at `path`, while writers go on.
    /// `progress` is told pages, done and in all. A book of an older schema is taken too: a backup
    /// comes before a migration.
    package static func run(
        _ book: Book, to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws {
        _ = try await MigrateBook.checkKnown(book)
        try await book.driver.copy(to: path, progress: progress)
    }

    /// What the copy holds; asked of the copy, because the book has moved on.
    package static func content(of copy: Book, at now: Instant) async throws -> BackupContent {
        try await copy.read { transaction in
            BackupContent(
                createdAt: now, schema: try transaction.schemaVersion(),
                rows: try transaction.rowCounts())
        }
    }
}

extension BackupFacts {
    /// The facts, after the path of what was made.
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
