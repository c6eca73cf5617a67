package import Pledging

extension Transaction {
    package func insert(_ token: APIToken, secretHash: [UInt8]) throws {
        try insertRow(
            APITokenRow(token: token, secretHash: secretHash), APITokenRow.columns)
    }

    /// Returns the token of this id and the hash of its secret; nil when there is none.
    package func apiToken(
        _ id: ID<APIToken>
    ) throws -> (token: APIToken, secretHash: [UInt8])? {
        try connection.run(Transaction.tokenByID, Value(id)).first?.read { row in
            try (decodeToken(&row), row.blob())
        }
    }

    private static let tokenByID = Statement(
        "SELECT \(APITokenRow.columns.selected), secret_hash FROM api_tokens WHERE id = $1")

    /// Returns all tokens, oldest first; a newsroom has a handful.
    package func apiTokens() throws -> [APIToken] {
        try connection.run(
            Statement("SELECT \(APITokenRow.columns.selected) FROM api_tokens ORDER BY id")
        ).read(decodeToken)
    }

    /// Revokes a token from now on; does nothing when it is revoked already.
    package func revoke(_ id: ID<APIToken>, at now: Instant) throws {
        _ = try connection.run(
            "UPDATE api_tokens SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2",
            Value(now), Value(id))
    }

    /// Records the last day on which a token was used; an earlier day changes nothing.
    package func markUsed(_ id: ID<APIToken>, on day: CivilDate) throws {
        _ = try connection.run(
            """
            UPDATE api_tokens SET last_used_on = $1
            WHERE id = $2 AND (last_used_on IS NULL OR last_used_on < $3)
            """, Value(day), Value(id), Value(day))
    }

    // MARK: Columns

    /// In the order of `APITokenRow.columns`.
    private func decodeToken(_ row: inout RowReader) throws -> APIToken {
        let (id, text): (ID<APIToken>, String) = try row.idAndText()
        let fields = try keys.open(try row.blob(), .apiToken, row: text, fields: 1)
        guard let name = fields[0] else { throw SealError.malformed }
        guard let scopes = Set<APIScope>(text: try row.text()) else { throw row.malformed }
        return try APIToken(
            id: id, name: name, scopes: scopes, expiresAt: row.instant(),
            revokedAt: row.instantOrNil(), lastUsedOn: row.dateOrNil(), createdAt: row.instant())
    }
}

/// A token as it is written.
struct APITokenRow {
    let token: APIToken
    let secretHash: [UInt8]

    static let columns = EntityColumns<APITokenRow>(
        "api_tokens",
        [
            .key("id") { Value($0.token.id) },
            .sealedOnce { row, keys in
                .blob(
                    try keys.seal(
                        SealedFields([row.token.name]), .apiToken, row: row.token.id.text))
            },
            .fixed("scopes") { .text($0.token.scopes.text) },
            .fixed("expires_at") { Value($0.token.expiresAt) },
            .fixed("revoked_at") { Value($0.token.revokedAt) },
            .fixed("last_used_on") { Value($0.token.lastUsedOn) },
            .fixed("created_at") { Value($0.token.createdAt) },
            // Read only to authenticate a token.
            .fixed("secret_hash", isSelected: false) { .blob($0.secretHash) },
        ])
}
