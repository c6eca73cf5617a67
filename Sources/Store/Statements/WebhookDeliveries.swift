package import Pledging

extension Transaction {
    /// A delivery of each event to each endpoint that listens to it. Its id follows from both, so
    /// that the same event never makes two, not even in a restored copy of the book.
    func fanOut(_ events: [Event]) throws {
        let listeners = try webhookListeners()
        guard !listeners.isEmpty else { return }
        var rows: [[Value]] = []
        for event in events {
            for listener in listeners where listener.events.match(event.type) {
                let id = try deliveryID(of: event.id, listener.id, at: event.at)
                rows.append(
                    newDelivery(id, listener.id, event.id, isReplay: false, at: event.at))
            }
        }
        guard !rows.isEmpty else { return }
        _ = try connection.run(insertDelivery, rows)
    }

    /// A delivery that somebody asked for; due at once.
    package func replay(
        _ event: ID<Event>, to endpoint: ID<WebhookEndpoint>, id: ID<Delivery>, at now: Instant
    ) throws {
        _ = try connection.run(
            insertDelivery, [newDelivery(id, endpoint, event, isReplay: true, at: now)])
    }

    private var insertDelivery: Statement {
        """
        INSERT INTO webhook_deliveries (id, endpoint_id, event_id, is_replay, state, attempts,
            next_attempt_at, created_at)
        VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5)
        """
    }

    private func newDelivery(
        _ id: ID<Delivery>, _ endpoint: ID<WebhookEndpoint>, _ event: ID<Event>, isReplay: Bool,
        at now: Instant
    ) -> [Value] {
        [Value(id), Value(endpoint), Value(event), Value(isReplay), Value(now)]
    }

    // MARK: The queue

    /// Enabled endpoints that a delivery is due to.
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
        ).map { try $0.id(0) }
    }

    /// Leases up to `limit` deliveries that are due to an endpoint, so that no other process makes
    /// them until then.
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
        ).map { [Value.text(try $0.text(0))] }
        return try connection.run(
            """
            SELECT webhook_deliveries.id, endpoint_id, event_id, is_replay, state, attempts,
                next_attempt_at, webhook_deliveries.created_at, events.body
            FROM webhook_deliveries JOIN events ON events.id = webhook_deliveries.event_id
            WHERE webhook_deliveries.id = $1
            """, ids
        ).map { ClaimedDelivery(delivery: try decodeDelivery($0), body: try $0.text(8)) }
    }

    /// Records one attempt and what follows from it. False, and nothing is recorded, when the
    /// delivery was settled meanwhile.
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
        _ = try connection.run(
            """
            INSERT INTO webhook_attempts (delivery_id, number, at, duration_ms, status, error)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            Value(delivery.id), Value(attempt.number), Value(attempt.at),
            .integer(attempt.durationMilliseconds), Value(attempt.status.map { Int64($0) }),
            Value(attempt.error))
        return true
    }

    // MARK: Looking

    package func delivery(_ id: ID<Delivery>) throws -> Delivery? {
        try connection.run(
            """
            SELECT id, endpoint_id, event_id, is_replay, state, attempts, next_attempt_at,
                created_at
            FROM webhook_deliveries WHERE id = $1
            """, Value(id)
        ).first.map(decodeDelivery)
    }

    /// Deliveries in the order of their ids, after `last`, each with its last attempt; nil
    /// conditions match all.
    package func deliveries(
        to endpoint: ID<WebhookEndpoint>?, state: DeliveryState?, since: Instant, until: Instant,
        after last: String, limit: Int
    ) throws -> [StoredDelivery] {
        try connection.run(
            """
            SELECT webhook_deliveries.id, endpoint_id, event_id, is_replay,
                webhook_deliveries.state, attempts, next_attempt_at,
                webhook_deliveries.created_at, events.type, webhook_attempts.at, duration_ms,
                status, error
            FROM webhook_deliveries JOIN events ON events.id = webhook_deliveries.event_id
            LEFT JOIN webhook_attempts
                ON webhook_attempts.delivery_id = webhook_deliveries.id AND number = attempts
            WHERE webhook_deliveries.id > $1 AND endpoint_id = coalesce($2, endpoint_id)
                AND webhook_deliveries.state = coalesce($3, webhook_deliveries.state)
                AND webhook_deliveries.created_at >= $4 AND webhook_deliveries.created_at < $5
            ORDER BY webhook_deliveries.id LIMIT $6
            """,
            .text(last), Value(endpoint), Value(state), Value(since), Value(until), Value(limit)
        ).map { row in
            let delivery = try decodeDelivery(row)
            var attempt: DeliveryAttempt?
            if let at = try row.instantOrNil(9) {
                attempt = DeliveryAttempt(
                    number: delivery.attempts, at: at,
                    durationMilliseconds: try row.integer(10),
                    status: try row.integerOrNil(11).map { Int($0) },
                    error: try row.textOrNil(12))
            }
            return StoredDelivery(
                delivery: delivery, eventType: try row.text(8), lastAttempt: attempt)
        }
    }

    // MARK: Decoding

    private func deliveryID(
        of event: ID<Event>, _ endpoint: ID<WebhookEndpoint>, at now: Instant
    ) throws -> ID<Delivery> {
        let hash = try keys.hash(.delivery, texts: [event.text, endpoint.text])
        let random = hash.suffix(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        return ID(bits: uuidVersion7(at: now, random: random))
    }

    private func decodeDelivery(_ row: Row) throws -> Delivery {
        Delivery(
            id: try row.id(0), endpointID: try row.id(1), eventID: try row.id(2),
            isReplay: try row.integer(3) != 0, state: try row.choice(4),
            attempts: try row.count(5), nextAttemptAt: try row.instant(6),
            createdAt: try row.instant(7))
    }
}

/// A delivery that this process has leased, with the bytes that are signed and sent.
package struct ClaimedDelivery: Sendable {
    package let delivery: Delivery
    package let body: String
}

/// One try, as it is kept.
package struct DeliveryAttempt: Sendable {
    package let number: Int
    package let at: Instant
    package let durationMilliseconds: Int64
    package let status: Int?
    /// Why it was no success, in words.
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

/// A delivery as lists show it.
package struct StoredDelivery: Sendable {
    package let delivery: Delivery
    package let eventType: String
    package let lastAttempt: DeliveryAttempt?
}
