package import Pledging

extension Transaction {
    /// Adds or widens a suppression; an `all` is never narrowed, and an opt-out is never forgotten
    /// behind another reason.
    package func suppress(
        _ emailHash: [UInt8], _ scope: SuppressionScope, _ reason: SuppressionReason,
        at now: Instant
    ) throws {
        _ = try connection.run(
            """
            INSERT INTO suppressions (email_hash, scope, reason, created_at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (email_hash) DO UPDATE SET
                scope = CASE WHEN excluded.scope = 'all' THEN 'all' ELSE suppressions.scope END,
                reason = CASE WHEN suppressions.reason = 'optOut' THEN 'optOut'
                    ELSE excluded.reason END
            WHERE (suppressions.scope = 'support' AND excluded.scope = 'all')
                OR (suppressions.reason <> 'optOut' AND excluded.reason = 'optOut')
            """, .blob(emailHash), Value(scope), Value(reason), Value(now))
    }

    package func suppression(of emailHash: [UInt8]) throws -> StoredSuppression? {
        try connection.run(
            """
            SELECT email_hash, scope, reason, created_at FROM suppressions WHERE email_hash = $1
            """, .blob(emailHash)
        ).first.map(decodeSuppression)
    }

    package func liftSuppression(_ emailHash: [UInt8]) throws {
        _ = try connection.run("DELETE FROM suppressions WHERE email_hash = $1", .blob(emailHash))
    }

    package func suppressions(
        after last: [UInt8], limit: Int
    ) throws -> [StoredSuppression] {
        try connection.run(
            """
            SELECT email_hash, scope, reason, created_at FROM suppressions
            WHERE email_hash > $1 ORDER BY email_hash LIMIT $2
            """, .blob(last), Value(limit)
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
