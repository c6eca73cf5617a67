package import Pledging

extension Transaction {
    package func insert(_ token: APIToken, secretHash: [UInt8]) throws {
        _ = try connection.run(
            """
            INSERT INTO api_tokens (id, secret_hash, sealed, scopes, expires_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            Value(token.id), .blob(secretHash),
            .blob(try keys.seal(SealedFields([token.name]), .apiToken, row: token.id.text)),
            .text(token.scopes.text), Value(token.expiresAt), Value(token.createdAt))
    }

    /// The token of that id, and the hash that its secret must have.
    package func apiToken(
        _ id: ID<APIToken>
    ) throws -> (token: APIToken, secretHash: [UInt8])? {
        try connection.run(
            """
            SELECT id, sealed, scopes, expires_at, revoked_at, last_used_on, created_at, secret_hash
            FROM api_tokens WHERE id = $1
            """, Value(id)
        ).first.map { (try decodeToken($0), try $0.blob(7)) }
    }

    /// All of them, oldest first: a newsroom has a handful.
    package func apiTokens() throws -> [APIToken] {
        try connection.run(
            """
            SELECT id, sealed, scopes, expires_at, revoked_at, last_used_on, created_at
            FROM api_tokens ORDER BY id
            """
        ).map(decodeToken)
    }

    /// From now on it lets nobody in; a second time nothing changes.
    package func revoke(_ id: ID<APIToken>, at now: Instant) throws {
        _ = try connection.run(
            "UPDATE api_tokens SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2",
            Value(now), Value(id))
    }

    package func markUsed(_ id: ID<APIToken>, on day: CivilDate) throws {
        _ = try connection.run(
            """
            UPDATE api_tokens SET last_used_on = $1
            WHERE id = $2 AND (last_used_on IS NULL OR last_used_on < $3)
            """, Value(day), Value(id), Value(day))
    }

    private func decodeToken(_ row: Row) throws -> APIToken {
        let fields = try keys.open(
            try row.blob(1), .apiToken, row: try row.text(0), fields: 1)
        guard let name = fields[0] else { throw SealError.malformed }
        guard let scopes = Set<APIScope>(text: try row.text(2)) else { throw RowError(column: 2) }
        return APIToken(
            id: try row.id(0), name: name, scopes: scopes, expiresAt: try row.instant(3),
            revokedAt: try row.instantOrNil(4), lastUsedOn: try row.dateOrNil(5),
            createdAt: try row.instant(6))
    }
}
