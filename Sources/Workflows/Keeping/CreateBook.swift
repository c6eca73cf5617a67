package import Pledging
package import Store

/// Makes a new book: all migrations, and the newsroom's row, which ties it to its key ring.
package enum CreateBook {
    /// Throws Problem `.invalid` for a name or a time zone that breaks a rule.
    package static func run(_ newsroom: Newsroom, on book: Book, at now: Instant) async throws {
        _ = try InputRules.optional(newsroom.name, .name, maximumBytes: 200)
        // A newsroom needs a zone: its billing days begin in it.
        guard try InputRules.timeZone(newsroom.timeZone) != nil else {
            throw Problem(.invalid, field: .timeZone, "is empty; write it like Europe/Berlin")
        }
        let engine = book.driver.engine
        try await book.writeSchema { transaction in
            for migration in Migration.all {
                try transaction.apply(migration, engine: engine, at: now)
            }
            try transaction.insertNewsroom(newsroom, at: now)
        }
    }
}
