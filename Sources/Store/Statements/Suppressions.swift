package import Pledging

extension Transaction {
    /// One row for each reason that an address has; the widest scope of each is kept.
    package func suppress(
        _ emailHash: [UInt8], _ scope: SuppressionScope, _ reason: SuppressionReason,
        at now: Instant
    ) throws {
        _ = try connection.run(
            """
            INSERT INTO suppressions (email_hash, scope, reason, created_at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (email_hash, reason) DO UPDATE SET scope = excluded.scope
            WHERE excluded.scope = 'all'
            """, .blob(emailHash), Value(scope), Value(reason), Value(now))
    }

    /// Everything that stands against mail to this address.
    package func suppressions(of emailHash: [UInt8]) throws -> [StoredSuppression] {
        try connection.run(
            """
            SELECT email_hash, scope, reason, created_at FROM suppressions
            WHERE email_hash = $1 ORDER BY reason
            """, .blob(emailHash)
        ).map(decodeSuppression)
    }

    /// What stands against mail to this address, at its widest.
    package func suppression(of emailHash: [UInt8]) throws -> SuppressionScope? {
        let scopes = try suppressions(of: emailHash).map(\.scope)
        return scopes.contains(.all) ? .all : scopes.first
    }

    package func liftSuppression(_ emailHash: [UInt8], _ reason: SuppressionReason) throws {
        _ = try connection.run(
            "DELETE FROM suppressions WHERE email_hash = $1 AND reason = $2",
            .blob(emailHash), Value(reason))
    }

    /// The widest scope of an address's suppressions, as a column: 'all' sorts before 'support'.
    func widestSuppression(of emailHash: String) -> String {
        "(SELECT min(scope) FROM suppressions WHERE suppressions.email_hash = \(emailHash))"
    }

    package func suppressions(
        after last: StoredSuppression?, limit: Int
    ) throws -> [StoredSuppression] {
        try connection.run(
            """
            SELECT email_hash, scope, reason, created_at FROM suppressions
            WHERE (email_hash, reason) > ($1, $2) ORDER BY email_hash, reason LIMIT $3
            """,
            .blob(last?.emailHash ?? []), .text(last?.reason.rawValue ?? ""), Value(limit)
        ).map(decodeSuppression)
    }

    private func decodeSuppression(_ row: Row) throws -> StoredSuppression {
        StoredSuppression(
            emailHash: try row.blob(0), scope: try row.choice(1), reason: try row.choice(2),
            createdAt: try row.instant(3))
    }
}

package struct StoredSuppression: Sendable {
    package let emailHash: [UInt8]
    package let scope: SuppressionScope
    package let reason: SuppressionReason
    package let createdAt: Instant
}
