package import Pledging

extension Transaction {
    /// Suppresses an address. Each reason has a row of its own, which keeps the widest scope.
    package func suppress(
        key: [UInt8], _ scope: SuppressionScope, _ reason: SuppressionReason,
        at now: Instant
    ) throws {
        let suppression = StoredSuppression(
            emailHash: key, scope: scope, reason: reason, createdAt: now)
        _ = try connection.run(
            Transaction.suppressAddress, [StoredSuppression.columns.inserted(suppression, keys)])
    }

    private static let suppressAddress = Statement(
        StoredSuppression.columns.insert.sql
            + """
             ON CONFLICT (email_hash, reason) DO UPDATE SET scope = excluded.scope
            WHERE excluded.scope = 'all'
            """)

    /// Returns all suppressions of this address, under every hash that they may be filed under.
    /// Throws KeyRingError.lacksKey when the ring lacks a key that the book names.
    package func suppressions(of email: EmailAddress) throws -> [StoredSuppression] {
        try knowKeysOfBook()
        return try connection.run(
            Transaction.suppressionsOfAddress,
            try keys.suppressionKeys(of: email).map { [.blob($0)] }
        ).read(decodeSuppression)
    }

    private static let suppressionsOfAddress = Statement(
        """
        SELECT \(StoredSuppression.columns.selected) FROM suppressions
        WHERE email_hash = $1 ORDER BY reason
        """)

    /// Returns the widest scope of this address's suppressions; nil when there are none.
    package func suppression(of email: EmailAddress) throws -> SuppressionScope? {
        let scopes = try suppressions(of: email).map(\.scope)
        return scopes.contains(.all) ? .all : scopes.first
    }

    /// Returns when a `support` mail to the address was last queued, searched under every hash that
    /// it may be filed under; nil when none was.
    package func lastSupportMail(to email: EmailAddress) throws -> Instant? {
        try connection.run(
            "SELECT last_queued_at FROM support_mails WHERE email_hash = $1",
            try keys.suppressionKeys(of: email).map { [.blob($0)] }
        ).read { try $0.instant() }.max()
    }

    package func liftSuppression(key: [UInt8], _ reason: SuppressionReason) throws {
        _ = try connection.run(
            "DELETE FROM suppressions WHERE email_hash = $1 AND reason = $2",
            .blob(key), Value(reason))
    }

    // MARK: The key of an address

    /// Returns the key of an address's suppressions: the hash that its supporter has, else a hash
    /// of that hash, so that an erased person's row and opt-out cannot be matched.
    package func suppressionKey(of email: EmailAddress) throws -> [UInt8] {
        let hashes = try keys.emailHashes(email)
        let known = try connection.run(
            "SELECT email_hash FROM supporters WHERE email_hash = $1", hashes.map { [.blob($0)] })
        return try known.first?.read { try $0.blob() } ?? keys.forgotten(hashes[0])
    }

    /// The same for an address whose hash a link contains.
    package func suppressionKey(ofHash hash: [UInt8]) throws -> [UInt8] {
        let known = try connection.run(
            "SELECT email_hash FROM supporters WHERE email_hash = $1", .blob(hash))
        return known.isEmpty ? try keys.forgotten(hash) : hash
    }

    /// Refiles what applies to an address when a person gets, changes or loses it: under `present`
    /// if the person has one, and what was under `former` as that of a forgotten person.
    func moveSuppressions(
        from former: [UInt8]?, to present: [UInt8]?, of email: EmailAddress?
    ) throws {
        if let former { try rekey(former, as: keys.forgotten(former)) }
        guard let present, let email else { return }
        if keys.hashKeyIDs.count == 1 {
            // The usual case, one hash key: entries to move can only be under the hash of the hash.
            return try rekey(keys.forgotten(present), as: present)
        }
        for other in try keys.suppressionKeys(of: email) where other != present {
            try rekey(other, as: present)
        }
    }

    /// Moves entries from one key to another. Usually there are none, so that is checked first.
    private func rekey(_ old: [UInt8], as new: [UInt8]) throws {
        let found = try connection.run(
            """
            SELECT 1 FROM suppressions WHERE email_hash = $1
            UNION ALL SELECT 1 FROM support_mails WHERE email_hash = $1
            """, .blob(old))
        guard !found.isEmpty else { return }
        _ = try connection.run(
            """
            INSERT INTO suppressions (email_hash, scope, reason, created_at)
            SELECT $1, scope, reason, created_at FROM suppressions WHERE email_hash = $2
            ON CONFLICT (email_hash, reason) DO UPDATE SET scope = excluded.scope
            WHERE excluded.scope = 'all'
            """, .blob(new), .blob(old))
        _ = try connection.run(
            """
            INSERT INTO support_mails (email_hash, last_queued_at)
            SELECT $1, last_queued_at FROM support_mails WHERE email_hash = $2
            ON CONFLICT (email_hash) DO UPDATE SET last_queued_at = excluded.last_queued_at
            WHERE excluded.last_queued_at > support_mails.last_queued_at
            """, .blob(new), .blob(old))
        _ = try connection.run("DELETE FROM suppressions WHERE email_hash = $1", .blob(old))
        _ = try connection.run("DELETE FROM support_mails WHERE email_hash = $1", .blob(old))
    }

    package func suppressions(
        after last: StoredSuppression?, limit: Int
    ) throws -> [StoredSuppression] {
        try connection.run(
            Statement(
                """
                SELECT \(StoredSuppression.columns.selected) FROM suppressions
                WHERE (email_hash, reason) > ($1, $2) ORDER BY email_hash, reason LIMIT $3
                """),
            .blob(last?.emailHash ?? []), .text(last?.reason.rawValue ?? ""), Value(limit)
        ).read(decodeSuppression)
    }

    // MARK: Columns

    /// In the order of `StoredSuppression.columns`.
    private func decodeSuppression(_ row: inout RowReader) throws -> StoredSuppression {
        try StoredSuppression(
            emailHash: row.blob(), scope: row.choice(), reason: row.choice(),
            createdAt: row.instant())
    }
}

/// The widest scope of an address's suppressions, as a column: 'all' sorts before 'support'.
func widestSuppression(of emailHash: String) -> String {
    "(SELECT min(scope) FROM suppressions WHERE suppressions.email_hash = \(emailHash))"
}

package struct StoredSuppression: Sendable {
    package let emailHash: [UInt8]
    package let scope: SuppressionScope
    package let reason: SuppressionReason
    package let createdAt: Instant

    static let columns = EntityColumns<StoredSuppression>(
        "suppressions",
        [
            .key("email_hash") { .blob($0.emailHash) },
            .fixed("scope") { Value($0.scope) },
            .key("reason") { Value($0.reason) },
            .fixed("created_at") { Value($0.createdAt) },
        ])
}
