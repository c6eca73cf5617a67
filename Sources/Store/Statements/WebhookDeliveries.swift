package import Pledging

extension Transaction {
    /// Inserts a delivery of each event to each endpoint that listens to it. Its id follows from
    /// both, so the same event never makes two, even in a restored copy of the book.
    func fanOut(_ events: [Event]) throws {
        let listeners = try webhookListeners()
        guard !listeners.isEmpty else { return }
        var deliveries: [Delivery] = []
        for event in events {
            for listener in listeners where listener.events.match(event.type) {
                let id = try deliveryID(of: event.id, listener.id, at: event.at)
                deliveries.append(
                    Delivery(
                        id: id, endpointID: listener.id, eventID: event.id,
                        nextAttemptAt: event.at, createdAt: event.at))
            }
        }
        guard !deliveries.isEmpty else { return }
        try insertRows(deliveries, Delivery.columns)
    }

    /// Inserts a delivery that was asked for; it is due at once.
    package func replay(
        _ event: ID<Event>, to endpoint: ID<WebhookEndpoint>, id: ID<Delivery>, at now: Instant
    ) throws {
        let delivery = Delivery(
            id: id, endpointID: endpoint, eventID: event, isReplay: true, nextAttemptAt: now,
            createdAt: now)
        try insertRow(delivery, Delivery.columns)
    }

    // MARK: The queue

    /// Returns the enabled endpoints that have a due delivery.
    package func endpointsWithDue(by now: Instant) throws -> [ID<WebhookEndpoint>] {
        try connection.run(
            """
            SELECT id FROM webhook_endpoints WHERE state = 'enabled'
                AND EXISTS (SELECT 1 FROM webhook_deliveries
                    WHERE endpoint_id = webhook_endpoints.id
                        AND webhook_deliveries.state = 'waiting'
                        AND next_attempt_at <= $1 AND coalesce(leased_until, 0) <= $1)
            ORDER BY id
            """, Value(now)
        ).read { try $0.id() }
    }

    /// Leases up to `limit` due deliveries to an endpoint until `leasedUntil`, so that no other
    /// process sends them.
    package func claimDeliveries(
        to endpoint: ID<WebhookEndpoint>, dueBy now: Instant, leasedUntil: Instant, limit: Int
    ) throws -> [ClaimedDelivery] {
        let ids = try connection.run(
            """
            UPDATE webhook_deliveries SET leased_until = $1
            WHERE id IN (SELECT id FROM webhook_deliveries WHERE state = 'waiting'
                    AND endpoint_id = $2 AND next_attempt_at <= $3
                    AND coalesce(leased_until, 0) <= $3
                    ORDER BY next_attempt_at, id LIMIT $4)
                AND state = 'waiting' AND endpoint_id = $2 AND next_attempt_at <= $3
                AND coalesce(leased_until, 0) <= $3
            RETURNING id
            """, Value(leasedUntil), Value(endpoint), Value(now), Value(limit)
        ).read { [try $0.value()] }
        return try connection.run(Transaction.claimedDelivery, ids).read { row in
            try ClaimedDelivery(delivery: decodeDelivery(&row), body: row.text())
        }
    }

    private static let claimedDelivery = Statement(
        """
        SELECT \(Delivery.columns.selected), events.body
        FROM webhook_deliveries JOIN events ON events.id = webhook_deliveries.event_id
        WHERE webhook_deliveries.id = $1
        """)

    /// Records one attempt and the state that follows from it. Returns false, and records nothing,
    /// when the delivery was settled meanwhile.
    package func record(
        _ attempt: DeliveryAttempt, of delivery: Delivery, state: DeliveryState, next: Instant
    ) throws -> Bool {
        let rows = try connection.run(
            """
            UPDATE webhook_deliveries SET state = $1, attempts = $2, next_attempt_at = $3,
                leased_until = NULL
            WHERE id = $4 AND state = 'waiting' AND attempts = $2 - 1 RETURNING id
            """, Value(state), Value(attempt.number), Value(next), Value(delivery.id))
        guard !rows.isEmpty else { return false }
        try insertRow(
            DeliveryAttemptRow(deliveryID: delivery.id, attempt: attempt),
            DeliveryAttemptRow.columns)
        return true
    }

    // MARK: Looking

    package func delivery(_ id: ID<Delivery>) throws -> Delivery? {
        try connection.run(Transaction.deliveryByID, Value(id)).first?.read(decodeDelivery)
    }

    private static let deliveryByID = Statement(
        "SELECT \(Delivery.columns.selected) FROM webhook_deliveries WHERE id = $1")

    /// Returns deliveries after `last`, in the order of their ids, each with its last attempt; a
    /// condition that is nil matches all.
    package func deliveries(
        to endpoint: ID<WebhookEndpoint>?, state: DeliveryState?, since: Instant, until: Instant,
        after last: String, limit: Int
    ) throws -> [StoredDelivery] {
        try connection.run(
            Statement(
                """
                SELECT \(Delivery.columns.selected), events.type,
                    \(DeliveryAttemptRow.columns.selected)
                FROM webhook_deliveries JOIN events ON events.id = webhook_deliveries.event_id
                LEFT JOIN webhook_attempts
                    ON webhook_attempts.delivery_id = webhook_deliveries.id AND number = attempts
                WHERE webhook_deliveries.id > $1 AND endpoint_id = coalesce($2, endpoint_id)
                    AND webhook_deliveries.state = coalesce($3, webhook_deliveries.state)
                    AND webhook_deliveries.created_at >= $4 AND webhook_deliveries.created_at < $5
                ORDER BY webhook_deliveries.id LIMIT $6
                """),
            .text(last), Value(endpoint), Value(state), Value(since), Value(until), Value(limit)
        ).read { row in
            try StoredDelivery(
                delivery: decodeDelivery(&row), eventType: row.text(),
                lastAttempt: row.groupOrNil(of: DeliveryAttemptRow.columns.selectedCount) {
                    try decodeDeliveryAttempt(&$0)
                })
        }
    }

    private func deliveryID(
        of event: ID<Event>, _ endpoint: ID<WebhookEndpoint>, at now: Instant
    ) throws -> ID<Delivery> {
        let hash = try keys.hash(.delivery, texts: [event.text, endpoint.text])
        let random = hash.suffix(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        return ID(bits: uuidVersion7(at: now, random: random))
    }

    // MARK: Columns

    /// In the order of `Delivery.columns`.
    private func decodeDelivery(_ row: inout RowReader) throws -> Delivery {
        try Delivery(
            id: row.id(), endpointID: row.id(), eventID: row.id(), isReplay: row.flag(),
            state: row.choice(), attempts: row.count(), nextAttemptAt: row.instant(),
            createdAt: row.instant())
    }

    /// In the order of `DeliveryAttemptRow.columns`.
    private func decodeDeliveryAttempt(_ row: inout RowReader) throws -> DeliveryAttempt {
        try DeliveryAttempt(
            number: row.count(), at: row.instant(), durationMilliseconds: row.integer(),
            status: row.countOrNil(), error: row.textOrNil())
    }
}

extension Delivery {
    static let columns = EntityColumns<Delivery>(
        "webhook_deliveries",
        [
            .key("id") { Value($0.id) },
            .fixed("endpoint_id") { Value($0.endpointID) },
            .fixed("event_id") { Value($0.eventID) },
            .fixed("is_replay") { Value($0.isReplay) },
            .fixed("state") { Value($0.state) },
            .fixed("attempts") { Value($0.attempts) },
            .fixed("next_attempt_at") { Value($0.nextAttemptAt) },
            .fixed("created_at") { Value($0.createdAt) },
        ])
}

/// A delivery that this process has leased, with the bytes that are signed and sent.
package struct ClaimedDelivery: Sendable {
    package let delivery: Delivery
    package let body: String
}

/// One attempt of a delivery, as stored.
package struct DeliveryAttempt: Sendable {
    package let number: Int
    package let at: Instant
    package let durationMilliseconds: Int64
    package let status: Int?
    /// Why it failed, in words; nil when it succeeded.
    package let error: String?

    package init(
        number: Int, at: Instant, durationMilliseconds: Int64, status: Int?, error: String?
    ) {
        self.number = number
        self.at = at
        self.durationMilliseconds = durationMilliseconds
        self.status = status
        self.error = error
    }
}

/// An attempt as it is written.
struct DeliveryAttemptRow {
    let deliveryID: ID<Delivery>
    let attempt: DeliveryAttempt

    static let columns = EntityColumns<DeliveryAttemptRow>(
        "webhook_attempts",
        [
            .key("delivery_id", isSelected: false) { Value($0.deliveryID) },
            .key("number") { Value($0.attempt.number) },
            .fixed("at") { Value($0.attempt.at) },
            .fixed("duration_ms") { .integer($0.attempt.durationMilliseconds) },
            .fixed("status") { Value($0.attempt.status.map { Int64($0) }) },
            .fixed("error") { Value($0.attempt.error) },
        ])
}

/// A delivery as lists show it.
package struct StoredDelivery: Sendable {
    package let delivery: Delivery
    package let eventType: String
    package let lastAttempt: DeliveryAttempt?
}
