package import Pledging
package import Store

/// Brings a book to the schema of this binary.
package enum MigrateBook {
    package struct Step: Hashable, Sendable {
        package let version: Int
        package let name: String
    }

    /// Applies what is pending and returns it; with `isDryRun`, only returns it.
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

    /// What every other command asks first: the schema is this binary's, the ring is the book's.
    /// From then on, what is new is sealed under the key that the book names.
    package static func checkCurrent(_ book: Book) async throws {
        try await checkSchema(book)
        guard try await book.read({ try $0.keyRingFits() }) else {
            throw Problem(.notPermitted, "the key ring does not open this database")
        }
        try await book.read { try $0.useKeysOfBook() }
    }

    /// What is asked of a book whose keys were destroyed: the schema is this binary's.
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

    /// What is asked of a ring before it is put beside a book, whose schema may be an older one: it
    /// is the book's, and holds the keys that the book names. Throws Problem `.notPermitted` or
    /// KeyRingError.lacksKey when it is not.
    package static func checkRing(of book: Book) async throws {
        _ = try await checkKnown(book)
    }

    /// What a backup asks of a book, whose schema may be an older one: it is known, and the ring is
    /// the book's. Returns the version of the schema.
    static func checkKnown(_ book: Book) async throws -> Int {
        let version = try await book.read { try $0.schemaVersion() }
        try refuseNewer(version)
        guard try await book.read({ try $0.keyRingFits() }) else {
            throw Problem(.notPermitted, "the key ring does not open this database")
        }
        if version >= keysNamedSince { try await book.read { try $0.useKeysOfBook() } }
        return version
    }

    /// Older books have the first two keys of the ring and do not say so.
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
