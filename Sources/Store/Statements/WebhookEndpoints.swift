package import Pledging

extension Transaction {
    package func insert(_ endpoint: WebhookEndpoint) throws {
        connection.memo.webhookListeners = nil
        _ = try connection.run(
            """
            INSERT INTO webhook_endpoints (id, sealed, events, allows_http, allows_private, state,
                failing_since, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
            """,
            Value(endpoint.id), .blob(try seal(endpoint)), .text(filters(of: endpoint)),
            Value(endpoint.allowsHTTP), Value(endpoint.allowsPrivate), Value(endpoint.state),
            Value(endpoint.failingSince), .integer(endpoint.version), Value(endpoint.createdAt))
    }

    /// Stores the new version over the one before it; StaleVersion when that is not the stored one.
    package func update(_ endpoint: WebhookEndpoint, at now: Instant) throws {
        connection.memo.webhookListeners = nil
        let rows = try connection.run(
            """
            UPDATE webhook_endpoints SET sealed = $1, events = $2, allows_http = $3,
                allows_private = $4, state = $5, failing_since = $6, version = $7, updated_at = $8
            WHERE id = $9 AND version = $7 - 1 RETURNING id
            """,
            .blob(try seal(endpoint)), .text(filters(of: endpoint)), Value(endpoint.allowsHTTP),
            Value(endpoint.allowsPrivate), Value(endpoint.state), Value(endpoint.failingSince),
            .integer(endpoint.version), Value(now), Value(endpoint.id))
        if rows.isEmpty { throw StaleVersion(id: endpoint.id.text) }
    }

    package func webhookEndpoint(_ id: ID<WebhookEndpoint>) throws -> WebhookEndpoint? {
        try connection.run(
            """
            SELECT id, sealed, events, allows_http, allows_private, state, failing_since, version,
                created_at
            FROM webhook_endpoints WHERE id = $1
            """, Value(id)
        ).first.map(decodeEndpoint)
    }

    /// All of them, oldest first: a newsroom has a handful.
    package func webhookEndpoints() throws -> [WebhookEndpoint] {
        try connection.run(
            """
            SELECT id, sealed, events, allows_http, allows_private, state, failing_since, version,
                created_at
            FROM webhook_endpoints ORDER BY id
            """
        ).map(decodeEndpoint)
    }

    /// Who may want an event: asked for every one, so that nothing sealed is opened.
    func webhookListeners() throws -> [WebhookListener] {
        if let known = connection.memo.webhookListeners { return known }
        let listeners = try connection.run(
            "SELECT id, events FROM webhook_endpoints WHERE state = 'enabled' ORDER BY id"
        ).map { WebhookListener(id: try $0.id(0), events: try decodeFilters($0, 1)) }
        connection.memo.webhookListeners = listeners
        return listeners
    }

    /// The endpoint with everything that was ever sent to it, or still waits.
    package func deleteWebhookEndpoint(_ id: ID<WebhookEndpoint>) throws {
        connection.memo.webhookListeners = nil
        _ = try connection.run(
            """
            DELETE FROM webhook_attempts WHERE delivery_id IN (
                SELECT id FROM webhook_deliveries WHERE endpoint_id = $1)
            """, Value(id))
        _ = try connection.run(
            "DELETE FROM webhook_deliveries WHERE endpoint_id = $1", Value(id))
        _ = try connection.run("DELETE FROM webhook_endpoints WHERE id = $1", Value(id))
    }

    // MARK: Health, which is no change of the endpoint: it has no version

    /// An attempt was taken: whatever failed before is over.
    package func markHealthy(_ id: ID<WebhookEndpoint>) throws {
        _ = try connection.run(
            """
            UPDATE webhook_endpoints SET failing_since = NULL
            WHERE id = $1 AND failing_since IS NOT NULL
            """, Value(id))
    }

    /// An attempt failed; the first of a row of failures is remembered, and returned.
    package func markFailing(_ id: ID<WebhookEndpoint>, at now: Instant) throws -> Instant? {
        try connection.run(
            """
            UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, $1)
            WHERE id = $2 RETURNING failing_since
            """, Value(now), Value(id)
        ).first?.instant(0)
    }

    // MARK: Sealing

    private func filters(of endpoint: WebhookEndpoint) -> String {
        endpoint.events.map(\.description).joined(separator: ",")
    }

    private func seal(_ endpoint: WebhookEndpoint) throws -> [UInt8] {
        let secrets = endpoint.secrets.flatMap { secret in
            [secret.text, secret.expiresAt.map { String($0.milliseconds) }]
        }
        return try keys.seal(
            SealedFields([endpoint.url] + secrets), .webhookEndpoint, row: endpoint.id.text)
    }

    private func decodeEndpoint(_ row: Row) throws -> WebhookEndpoint {
        let fields = try keys.open(
            try row.blob(1), .webhookEndpoint, row: try row.text(0),
            fields: 1 + 2 * WebhookEndpoint.secretMaximum)
        guard let url = fields[0] else { throw SealError.malformed }
        let secrets = stride(from: 1, to: fields.count, by: 2).compactMap { index in
            fields[index].map { text in
                WebhookEndpoint.Secret(
                    text: text,
                    expiresAt: fields[index + 1].flatMap { Int64($0) }
                        .map { Instant(milliseconds: $0) })
            }
        }
        return WebhookEndpoint(
            id: try row.id(0), url: url, events: try decodeFilters(row, 2),
            allowsHTTP: try row.integer(3) != 0,
            allowsPrivate: try row.integer(4) != 0, state: try row.choice(5), secrets: secrets,
            failingSince: try row.instantOrNil(6), version: try row.integer(7),
            createdAt: try row.instant(8))
    }
    private func decodeFilters(_ row: Row, _ column: Int) throws -> [EventFilter] {
        try row.text(column).split(separator: ",").map { text in
            guard let filter = EventFilter(String(text)) else { throw RowError(column: column) }
            return filter
        }
    }
}

/// An endpoint that takes events, as far as it matters who wants which.
struct WebhookListener {
    let id: ID<WebhookEndpoint>
    let events: [EventFilter]
}
