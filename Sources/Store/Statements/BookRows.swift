package import Pledging

extension Transaction {
    // MARK: Schema

    /// The highest migration that has been applied.
    package func schemaVersion() throws -> Int {
        let rows = try connection.run("SELECT coalesce(max(version), 0) FROM schema_versions")
        return try rows[0].count(0)
    }

    /// Applies one migration and records it.
    package func apply(_ migration: Migration, engine: Engine, at now: Instant) throws {
        try connection.script(migration.sql(for: engine))
        _ = try connection.run(
            "INSERT INTO schema_versions (version, name, applied_at) VALUES ($1, $2, $3)",
            Value(migration.version), .text(migration.name), Value(now))
    }

    // MARK: Newsroom

    /// The one row of the book itself, with a sealed constant that only this book's ring opens.
    package func insertNewsroom(_ newsroom: Newsroom, at now: Instant) throws {
        let book = keys.bookID.text
        let check = try keys.seal(SealedFields([Transaction.keyCheck]), .keyCheck, row: book)
        _ = try connection.run(
            """
            INSERT INTO newsroom (id, book_id, key_check, name, legal_name, postal_address,
                time_zone, profile, created_at, updated_at)
            VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $8)
            """,
            .text(book), .blob(check), Value(newsroom.name), Value(newsroom.legalName),
            Value(newsroom.postalAddress), .text(newsroom.timeZone), Value(newsroom.profile),
            Value(now))
    }

    /// Which keys the book says that everything new is sealed and hashed under.
    package func keysInUse() throws -> (seal: UInt16, hash: UInt16) {
        let row = try connection.run("SELECT seal_key_id, hash_key_id FROM newsroom")[0]
        return (UInt16(clamping: try row.integer(0)), UInt16(clamping: try row.integer(1)))
    }

    /// New values are sealed and hashed under the keys that the book says. Only in a write, or
    /// before anything is written: a read may see an older state, and must not bring its keys back.
    /// Throws KeyRingError.lacksKey when the ring's file does not hold them.
    package func useKeysOfBook() throws {
        let named = try keysInUse()
        try keys.use(sealKeyID: named.seal, hashKeyID: named.hash)
        connection.memo.knowsKeys = true
    }

    /// Before a look-up by hash in a read: a rotation in another process may have given the book a
    /// key that this one has not seen. Throws KeyRingError.lacksKey as `useKeysOfBook` does.
    package func knowKeysOfBook() throws {
        if connection.memo.knowsKeys { return }
        let named = try keysInUse()
        try keys.know(sealKeyID: named.seal, hashKeyID: named.hash)
    }

    package func newsroom() throws -> Newsroom {
        if let known = connection.memo.newsroom { return known }
        let rows = try connection.run(
            "SELECT name, legal_name, postal_address, time_zone, profile FROM newsroom")
        let newsroom = Newsroom(
            name: try rows[0].textOrNil(0), legalName: try rows[0].textOrNil(1),
            postalAddress: try rows[0].textOrNil(2), timeZone: try rows[0].text(3),
            profile: try rows[0].choice(4))
        connection.memo.newsroom = newsroom
        return newsroom
    }

    package func updateNewsroom(_ newsroom: Newsroom, at now: Instant) throws {
        connection.memo.newsroom = nil
        _ = try connection.run(
            """
            UPDATE newsroom SET name = $1, legal_name = $2, postal_address = $3, time_zone = $4,
                profile = $5, updated_at = $6
            """,
            Value(newsroom.name), Value(newsroom.legalName), Value(newsroom.postalAddress),
            .text(newsroom.timeZone), Value(newsroom.profile), Value(now))
    }

    /// Whether this key ring is the one the book was made with. Throws KeyRingError.lacksKey when
    /// it is an older copy of that ring.
    package func keyRingFits() throws -> Bool {
        let rows = try connection.run("SELECT book_id, key_check FROM newsroom")
        guard let row = rows.first, try row.text(0) == keys.bookID.text else { return false }
        do {
            let opened = try keys.open(
                try row.blob(1), .keyCheck, row: keys.bookID.text, fields: 1)
            return opened == [Transaction.keyCheck]
        } catch SealError.unknownKey(let id) {
            throw KeyRingError.lacksKey(id)
        } catch {
            return false
        }
    }

    private static let keyCheck = "mainstay"
}
