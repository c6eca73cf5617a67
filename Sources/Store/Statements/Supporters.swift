package import Pledging

extension Transaction {
    package func insert(_ supporter: Supporter) throws {
        let emailHash = try supporter.contact.map { try keys.emailHash($0.email) }
        _ = try connection.run(
            """
            INSERT INTO supporters (id, email_hash, sealed, version, confirmed_at, erased_at,
                created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            """,
            Value(supporter.id), Value(emailHash), Value(try seal(supporter)),
            .integer(supporter.version), Value(supporter.confirmedAt), Value(supporter.erasedAt),
            Value(supporter.createdAt))
        try moveSuppressions(from: nil, to: emailHash, of: supporter.contact?.email)
    }

    /// Stores the new version over the one before it; StaleVersion when that is not the stored one.
    package func update(_ supporter: Supporter, at now: Instant) throws {
        let former = try emailHash(of: supporter.id)
        let email = supporter.contact?.email
        // The address that it was keeps the hash that it had, whatever key that is under.
        let emailHash = try email.flatMap { email in
            try keys.isHash(former, of: email) ? former : keys.emailHash(email)
        }
        let rows = try connection.run(
            """
            UPDATE supporters SET email_hash = $1, sealed = $2, version = $3, confirmed_at = $4,
                erased_at = $5, updated_at = $6
            WHERE id = $7 AND version = $3 - 1 RETURNING id
            """,
            Value(emailHash), Value(try seal(supporter)),
            .integer(supporter.version), Value(supporter.confirmedAt), Value(supporter.erasedAt),
            Value(now), Value(supporter.id))
        if rows.isEmpty { throw StaleVersion(id: supporter.id.text) }
        if former != emailHash { try moveSuppressions(from: former, to: emailHash, of: email) }
    }

    func emailHash(of id: ID<Supporter>) throws -> [UInt8]? {
        try connection.run(
            "SELECT email_hash FROM supporters WHERE id = $1", Value(id)
        ).first?.blobOrNil(0)
    }

    package func supporter(_ id: ID<Supporter>) throws -> Supporter? {
        try connection.run(
            """
            SELECT id, sealed, version, confirmed_at, erased_at, created_at FROM supporters
            WHERE id = $1
            """, Value(id)
        ).first.map(decodeSupporter)
    }

    package func supporter(email: EmailAddress) throws -> Supporter? {
        try knowKeysOfBook()
        return try connection.run(
            """
            SELECT id, sealed, version, confirmed_at, erased_at, created_at FROM supporters
            WHERE email_hash = $1
            """, try keys.emailHashes(email).map { [.blob($0)] }
        ).first.map(decodeSupporter)
    }

    /// Supporters in the order of their ids, after `last`.
    package func supporters(after last: String, limit: Int) throws -> [Supporter] {
        try connection.run(
            """
            SELECT id, sealed, version, confirmed_at, erased_at, created_at FROM supporters
            WHERE id > $1 ORDER BY id LIMIT $2
            """, .text(last), Value(limit)
        ).map(decodeSupporter)
    }

    // MARK: Sealing

    private func seal(_ supporter: Supporter) throws -> [UInt8]? {
        try supporter.contact.map { contact in
            let fields = SealedFields([
                contact.email.typed, contact.name, contact.locale, contact.timeZone,
                contact.country,
            ])
            return try keys.seal(fields, .supporter, row: supporter.id.text)
        }
    }

    private func decodeSupporter(_ row: Row) throws -> Supporter {
        Supporter(
            id: try row.id(0),
            contact: try openContact(try row.blobOrNil(1), row: try row.text(0)),
            version: try row.integer(2), confirmedAt: try row.instantOrNil(3),
            erasedAt: try row.instantOrNil(4), createdAt: try row.instant(5))
    }

    /// Opens what `insert` sealed. Nil for a person who was forgotten.
    func openContact(_ sealed: [UInt8]?, row: String) throws -> Contact? {
        guard let sealed else { return nil }
        let fields = try keys.open(sealed, .supporter, row: row, fields: 5)
        guard let typed = fields[0], let email = try? EmailAddress(typed) else {
            throw SealError.malformed
        }
        return Contact(
            email: email, name: fields[1], locale: fields[2], timeZone: fields[3],
            country: fields[4])
    }
}
