package import Pledging
package import Store

/// Migrates a book to the schema of this program.
package enum MigrateBook {
    package struct Step: Hashable, Sendable {
        package let version: Int
        package let name: String
    }

    /// Applies the pending migrations and returns them; with `isDryRun`, only returns them. Throws
    /// Problem `.conflict` when the schema is newer than this program's.
    package static func run(
        on book: Book, isDryRun: Bool, at now: Instant
    ) async throws -> [Step] {
        let engine = book.driver.engine
        return try await book.writeSchema { transaction in
            let version = try transaction.schemaVersion()
            try refuseNewer(version)
            let pending = Migration.all.filter { $0.version > version }
            if !isDryRun {
                for migration in pending {
                    try transaction.apply(migration, engine: engine, at: now)
                }
            }
            return pending.map { Step(version: $0.version, name: $0.name) }
        }
    }

    /// Checks, for every other command, that the schema is this program's and the ring is the
    /// book's. From then on, new values are sealed under the key that the book names. Throws
    /// Problem: `.conflict` for another schema, `.notPermitted` for another ring;
    /// KeyRingError.lacksKey when the ring does not have a key.
    package static func checkCurrent(_ book: Book) async throws {
        try await checkSchema(book)
        guard try await book.read({ try $0.keyRingFits() }) else {
            throw Problem(.notPermitted, "the key ring does not open this database")
        }
        try await book.read { try $0.useKeysOfBook() }
    }

    /// Checks that the schema is this program's, without needing keys. Throws Problem `.conflict`
    /// when it is not.
    package static func checkSchema(_ book: Book) async throws {
        let version = try await book.read { try $0.schemaVersion() }
        try refuseNewer(version)
        guard version == Migration.newest else {
            throw Problem(
                .conflict,
                "the database has schema \(version), this program needs \(Migration.newest); "
                    + "run 'mainstay migrate'")
        }
    }

    /// Checks that the ring is the book's and has the keys that the book names. The schema may be
    /// an older one. Throws Problem: `.conflict` for a newer schema, `.notPermitted` for another
    /// ring; KeyRingError.lacksKey when the ring does not have a key.
    package static func checkRing(of book: Book) async throws {
        _ = try await checkKnown(book)
    }

    /// The same, and returns the version of the schema.
    static func checkKnown(_ book: Book) async throws -> Int {
        let version = try await book.read { try $0.schemaVersion() }
        try refuseNewer(version)
        guard try await book.read({ try $0.keyRingFits() }) else {
            throw Problem(.notPermitted, "the key ring does not open this database")
        }
        if version >= keysNamedSince { try await book.read { try $0.useKeysOfBook() } }
        return version
    }

    /// The schema since which a book names its keys. Older books use the first two keys of the
    /// ring.
    private static let keysNamedSince = 11

    static func refuseNewer(_ version: Int) throws(Problem) {
        guard version <= Migration.newest else {
            throw Problem(
                .conflict,
                "the database has schema \(version), newer than this program's "
                    + "\(Migration.newest); use the newer program")
        }
    }
}
