package import Pledging

extension Transaction {
    package func insert(_ refund: Refund) throws {
        _ = try connection.run(
            """
            INSERT INTO refunds (id, charge_id, number, amount_minor, state, remote_id, reason,
                next_step_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
            """,
            Value(refund.id), Value(refund.chargeID), Value(refund.number),
            .integer(refund.amount.minorUnits), Value(refund.state), Value(refund.remoteID),
            Value(refund.reason), Value(refund.nextStepAt), Value(refund.createdAt))
    }

    package func update(_ refund: Refund, at now: Instant) throws {
        _ = try connection.run(
            """
            UPDATE refunds SET state = $1, remote_id = $2, reason = $3, next_step_at = $4,
                updated_at = $5
            WHERE id = $6
            """,
            Value(refund.state), Value(refund.remoteID), Value(refund.reason),
            Value(refund.nextStepAt), Value(now), Value(refund.id))
    }

    package func refunds(of charge: ID<Charge>) throws -> [Refund] {
        try connection.run(
            Statement(
                """
                SELECT \(refundColumns) FROM refunds
                JOIN charges ON charges.id = refunds.charge_id
                WHERE refunds.charge_id = $1 ORDER BY number
                """), Value(charge)
        ).map(decodeRefund)
    }

    package func refund(_ id: ID<Refund>) throws -> Refund? {
        try connection.run(
            Statement(
                """
                SELECT \(refundColumns) FROM refunds
                JOIN charges ON charges.id = refunds.charge_id
                WHERE refunds.id = $1
                """), Value(id)
        ).first.map(decodeRefund)
    }

    /// Refunds that the processor is to be asked about.
    package func refunds(toStepBy now: Instant, limit: Int) throws -> [Refund] {
        try connection.run(
            Statement(
                """
                SELECT \(refundColumns) FROM refunds
                JOIN charges ON charges.id = refunds.charge_id
                WHERE refunds.next_step_at <= $1 ORDER BY refunds.next_step_at, refunds.id LIMIT $2
                """), Value(now), Value(limit)
        ).map(decodeRefund)
    }

    /// How many there are.
    package func refunds(dueBy now: Instant) throws -> Int {
        try connection.run(
            "SELECT count(*) FROM refunds WHERE next_step_at <= $1", Value(now))[0].count(0)
    }

    /// Moves a refund's next step; false where another process did so first.
    package func schedule(_ refund: Refund, next: Instant?) throws -> Bool {
        try !connection.run(
            """
            UPDATE refunds SET next_step_at = $1 WHERE id = $2 AND next_step_at = $3 RETURNING id
            """, Value(next), Value(refund.id), Value(refund.nextStepAt)
        ).isEmpty
    }

    private var refundColumns: String {
        """
        refunds.id, refunds.charge_id, number, refunds.amount_minor, charges.currency,
        refunds.state, refunds.remote_id, refunds.reason, refunds.next_step_at, refunds.created_at
        """
    }

    private func decodeRefund(_ row: Row) throws -> Refund {
        guard let currency = try? Currency(try row.text(4)) else { throw RowError(column: 4) }
        return Refund(
            id: try row.id(0), chargeID: try row.id(1), number: try row.count(2),
            amount: Money(minorUnits: try row.integer(3), currency: currency),
            state: try row.choice(5), remoteID: try row.textOrNil(6),
            reason: try row.textOrNil(7), nextStepAt: try row.instantOrNil(8),
            createdAt: try row.instant(9))
    }

    // MARK: Disputes

    package func insert(_ dispute: Dispute) throws {
        _ = try connection.run(
            """
            INSERT INTO disputes (id, charge_id, processor, remote_id, amount_minor, state,
                created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            """,
            Value(dispute.id), Value(dispute.chargeID), .text(dispute.processor),
            .text(dispute.remoteID), .integer(dispute.amount.minorUnits), Value(dispute.state),
            Value(dispute.createdAt))
    }

    package func setState(_ state: Dispute.State, of dispute: Dispute, at now: Instant) throws {
        _ = try connection.run(
            "UPDATE disputes SET state = $1, updated_at = $2 WHERE id = $3",
            Value(state), Value(now), Value(dispute.id))
    }

    package func disputes(of charge: ID<Charge>) throws -> [Dispute] {
        try connection.run(
            """
            SELECT disputes.id, disputes.charge_id, disputes.processor, disputes.remote_id,
                disputes.amount_minor, charges.currency, disputes.state, disputes.created_at
            FROM disputes JOIN charges ON charges.id = disputes.charge_id
            WHERE disputes.charge_id = $1 ORDER BY disputes.id
            """, Value(charge)
        ).map { row in
            guard let currency = try? Currency(try row.text(5)) else { throw RowError(column: 5) }
            return Dispute(
                id: try row.id(0), chargeID: try row.id(1), processor: try row.text(2),
                remoteID: try row.text(3),
                amount: Money(minorUnits: try row.integer(4), currency: currency),
                state: try row.choice(6), createdAt: try row.instant(7))
        }
    }
}
