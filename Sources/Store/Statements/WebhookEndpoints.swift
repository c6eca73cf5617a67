package import Pledging

extension Transaction {
    package func insert(_ endpoint: WebhookEndpoint) throws {
        connection.memo.webhookListeners = nil
        try insertRow(endpoint, WebhookEndpoint.columns)
    }

    /// Writes the new version. Throws StaleVersion when the stored one is not the version before
    /// it.
    package func update(_ endpoint: WebhookEndpoint, at now: Instant) throws {
        connection.memo.webhookListeners = nil
        guard try updateRow(endpoint, WebhookEndpoint.columns, at: now) else {
            throw StaleVersion(id: endpoint.id.text)
        }
    }

    package func webhookEndpoint(_ id: ID<WebhookEndpoint>) throws -> WebhookEndpoint? {
        try connection.run(Transaction.endpointByID, Value(id)).first?.read(decodeEndpoint)
    }

    private static let endpointByID = Statement(
        "SELECT \(WebhookEndpoint.columns.selected) FROM webhook_endpoints WHERE id = $1")

    /// Returns all endpoints, oldest first; a newsroom has a handful.
    package func webhookEndpoints() throws -> [WebhookEndpoint] {
        try connection.run(
            Statement(
                "SELECT \(WebhookEndpoint.columns.selected) FROM webhook_endpoints ORDER BY id")
        ).read(decodeEndpoint)
    }

    /// Returns the enabled endpoints and the events that they want. It is called for every event,
    /// so it opens nothing sealed.
    func webhookListeners() throws -> [WebhookListener] {
        if let known = connection.memo.webhookListeners { return known }
        let listeners = try connection.run(
            "SELECT id, events FROM webhook_endpoints WHERE state = 'enabled' ORDER BY id"
        ).read { try WebhookListener(id: $0.id(), events: $0.filters()) }
        connection.memo.webhookListeners = listeners
        return listeners
    }

    /// Deletes the endpoint with all of its deliveries and their attempts.
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

    // MARK: Delivery health: updating it does not change the endpoint's version

    /// Records that an attempt succeeded: the endpoint is no longer failing.
    package func markHealthy(_ id: ID<WebhookEndpoint>) throws {
        _ = try connection.run(
            """
            UPDATE webhook_endpoints SET failing_since = NULL
            WHERE id = $1 AND failing_since IS NOT NULL
            """, Value(id))
    }

    /// Records that an attempt failed. Returns when the current row of failures began; nil when
    /// there is no such endpoint.
    package func markFailing(_ id: ID<WebhookEndpoint>, at now: Instant) throws -> Instant? {
        try connection.run(
            """
            UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, $1)
            WHERE id = $2 RETURNING failing_since
            """, Value(now), Value(id)
        ).first?.read { try $0.instant() }
    }

    // MARK: Columns

    /// In the order of `WebhookEndpoint.columns`.
    private func decodeEndpoint(_ row: inout RowReader) throws -> WebhookEndpoint {
        let (id, text): (ID<WebhookEndpoint>, String) = try row.idAndText()
        let fields = try keys.open(
            try row.blob(), .webhookEndpoint, row: text,
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
        return try WebhookEndpoint(
            id: id, url: url, events: row.filters(), allowsHTTP: row.flag(),
            allowsPrivate: row.flag(), state: row.choice(), secrets: secrets,
            failingSince: row.instantOrNil(), version: row.integer(), createdAt: row.instant())
    }
}

extension WebhookEndpoint {
    static let columns = EntityColumns<WebhookEndpoint>(
        "webhook_endpoints",
        [
            .key("id") { Value($0.id) },
            .sealed { .blob(try $0.sealedSecrets(by: $1)) },
            .changing("events") { .text($0.events.map(\.description).joined(separator: ",")) },
            .changing("allows_http") { Value($0.allowsHTTP) },
            .changing("allows_private") { Value($0.allowsPrivate) },
            .changing("state") { Value($0.state) },
            .changing("failing_since") { Value($0.failingSince) },
            .version { $0.version },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])

    private func sealedSecrets(by keys: KeyRing) throws -> [UInt8] {
        let words = secrets.flatMap { secret in
            [secret.text, secret.expiresAt.map { String($0.milliseconds) }]
        }
        return try keys.seal(SealedFields([url] + words), .webhookEndpoint, row: id.text)
    }
}

extension RowReader {
    fileprivate mutating func filters() throws -> [EventFilter] {
        let list = try text()
        return try list.split(separator: ",").map { text in
            guard let filter = EventFilter(String(text)) else { throw malformed }
            return filter
        }
    }
}

/// An enabled endpoint, and the events that it wants.
struct WebhookListener {
    let id: ID<WebhookEndpoint>
    let events: [EventFilter]
}
