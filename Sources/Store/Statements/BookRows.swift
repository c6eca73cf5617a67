package import Pledging

extension Transaction {
    // MARK: Schema

    /// Returns the version of the last migration that was applied; 0 when there is none.
    package func schemaVersion() throws -> Int {
        try connection.run("SELECT coalesce(max(version), 0) FROM schema_versions")[0]
            .read { try $0.count() }
    }

    /// Applies one migration and records it.
    package func apply(_ migration: Migration, engine: Engine, at now: Instant) throws {
        try connection.script(migration.sql(for: engine))
        _ = try connection.run(
            "INSERT INTO schema_versions (version, name, applied_at) VALUES ($1, $2, $3)",
            Value(migration.version), .text(migration.name), Value(now))
    }

    // MARK: Newsroom

    /// Inserts the book's own row, with a sealed constant that only this book's ring opens.
    package func insertNewsroom(_ newsroom: Newsroom, at now: Instant) throws {
        try insertRow(NewsroomRow(newsroom: newsroom, at: now), NewsroomRow.columns)
    }

    /// Returns the ids of the keys that the book names for new values.
    package func keysInUse() throws -> (seal: UInt16, hash: UInt16) {
        try connection.run("SELECT seal_key_id, hash_key_id FROM newsroom")[0].read {
            try (UInt16(clamping: $0.integer()), UInt16(clamping: $0.integer()))
        }
    }

    /// Seals and hashes new values under the keys that the book names. Called only in a write, or
    /// before anything is written: a read may see an older state, and must not bring its keys back.
    /// Throws KeyRingError.lacksKey when the ring's file does not hold them.
    package func useKeysOfBook() throws {
        let named = try keysInUse()
        try keys.use(sealKeyID: named.seal, hashKeyID: named.hash)
        connection.memo.knowsKeys = true
    }

    /// Loads the keys that the book names, without using them for new values. Called before a
    /// look-up by hash in a read, because a rotation in another process may have added a key.
    /// Throws KeyRingError.lacksKey as `useKeysOfBook` does.
    package func knowKeysOfBook() throws {
        if connection.memo.knowsKeys { return }
        let named = try keysInUse()
        try keys.know(sealKeyID: named.seal, hashKeyID: named.hash)
    }

    package func newsroom() throws -> Newsroom {
        if let known = connection.memo.newsroom { return known }
        // In the order of `NewsroomRow.columns`.
        let newsroom = try connection.run(Transaction.selectNewsroom)[0].read { row in
            try Newsroom(
                name: row.textOrNil(), legalName: row.textOrNil(),
                postalAddress: row.textOrNil(), timeZone: row.text(), profile: row.choice())
        }
        connection.memo.newsroom = newsroom
        return newsroom
    }

    private static let selectNewsroom = Statement(
        "SELECT \(NewsroomRow.columns.selected) FROM newsroom")

    package func updateNewsroom(_ newsroom: Newsroom, at now: Instant) throws {
        connection.memo.newsroom = nil
        try updateRow(
            NewsroomRow(newsroom: newsroom, at: now), NewsroomRow.columns, at: now)
    }

    /// Returns whether this key ring is the one that the book was made with. Throws
    /// KeyRingError.lacksKey when it is an older copy of that ring.
    package func keyRingFits() throws -> Bool {
        let stored = try connection.run("SELECT book_id, key_check FROM newsroom").first?.read {
            try (bookID: $0.text(), check: $0.blob())
        }
        guard let stored, stored.bookID == keys.bookID.text else { return false }
        do {
            let opened = try keys.open(
                stored.check, .keyCheck, row: keys.bookID.text, fields: 1)
            return opened == [NewsroomRow.keyCheck]
        } catch SealError.unknownKey(let id) {
            throw KeyRingError.lacksKey(id)
        } catch {
            return false
        }
    }
}

/// The book's own row as it is written, at one moment.
struct NewsroomRow {
    let newsroom: Newsroom
    let at: Instant

    static let columns = EntityColumns<NewsroomRow>(
        "newsroom",
        [
            .key("id", isSelected: false) { _ in 1 },
            .sealedOnce("book_id", isSelected: false) { .text($1.bookID.text) },
            .sealedOnce("key_check", isSelected: false) { _, keys in
                .blob(
                    try keys.seal(SealedFields([keyCheck]), .keyCheck, row: keys.bookID.text))
            },
            .changing("name") { Value($0.newsroom.name) },
            .changing("legal_name") { Value($0.newsroom.legalName) },
            .changing("postal_address") { Value($0.newsroom.postalAddress) },
            .changing("time_zone") { .text($0.newsroom.timeZone) },
            .changing("profile") { Value($0.newsroom.profile) },
            .fixed("created_at", isSelected: false) { Value($0.at) },
            .updatedAt { $0.at },
        ])

    /// The content of `key_check`.
    static let keyCheck = "mainstay"
}
