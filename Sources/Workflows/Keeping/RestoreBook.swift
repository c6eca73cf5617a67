package import Store

/// Checks whether a book from a backup may be used, and tells what must be done before.
package enum RestoreBook {
    package struct Advice: Sendable {
        /// Its schema is older than this program's: it opens only after 'mainstay migrate'.
        package let needsMigration: Bool
    }

    /// Throws Problem: `.invalid` when a check of the copy fails, `.conflict` when its schema is
    /// newer than this program's.
    package static func run(_ copy: Book, from facts: BackupFacts) async throws -> Advice {
        let checks = try await VerifyBackup.run(copy, against: facts)
        if let wrong = checks.first(where: { !$0.isSound }) {
            throw Problem(
                .invalid,
                "a check of the backup failed (\(wrong.name): \(wrong.detail)), and nothing was "
                    + "restored; use another backup")
        }
        // A book of a schema that does not count runs was never charged through.
        if facts.content.schema >= countingSchema {
            try await copy.write { try $0.markRestored() }
        }
        return Advice(needsMigration: facts.content.schema < Migration.newest)
    }

    /// The first schema in which a book counts its runs.
    private static let countingSchema = 11
}
