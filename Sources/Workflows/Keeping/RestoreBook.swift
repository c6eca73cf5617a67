package import Store

/// Whether a book that came out of a backup may take its place. What must still be done with it
/// before anybody works on it belongs here.
package enum RestoreBook {
    package struct Advice: Sendable {
        /// Its schema is older than this program's: it opens only after 'mainstay migrate'.
        package let needsMigration: Bool
    }

    /// Throws a Problem when anything about the copy is not sound.
    package static func run(_ copy: Book, from facts: BackupFacts) async throws -> Advice {
        let checks = try await VerifyBackup.run(copy, against: facts)
        if let wrong = checks.first(where: { !$0.isSound }) {
            throw Problem(
                .invalid,
                "the backup is not sound (\(wrong.name): \(wrong.detail)), and nothing was "
                    + "restored; use another backup")
        }
        return Advice(needsMigration: facts.content.schema < Migration.newest)
    }
}
