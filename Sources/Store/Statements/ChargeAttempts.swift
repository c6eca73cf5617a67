package import Pledging

extension Transaction {
    package func insert(_ attempt: ChargeAttempt) throws {
        _ = try connection.run(
            """
            INSERT INTO charge_attempts (charge_id, number, payment_method_id, processor, state,
                code, remote_id, started_at, leased_until, questions, absent_since)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            Value(attempt.chargeID), Value(attempt.number), Value(attempt.paymentMethodID),
            .text(attempt.processor), Value(attempt.state), Value(attempt.code),
            Value(attempt.remoteID), Value(attempt.startedAt), Value(attempt.leasedUntil),
            Value(attempt.questions), Value(attempt.absentSince))
    }

    package func update(_ attempt: ChargeAttempt) throws {
        _ = try connection.run(
            """
            UPDATE charge_attempts SET state = $1, code = $2, remote_id = $3, leased_until = $4,
                questions = $5, absent_since = $6
            WHERE charge_id = $7 AND number = $8
            """,
            Value(attempt.state), Value(attempt.code), Value(attempt.remoteID),
            Value(attempt.leasedUntil), Value(attempt.questions), Value(attempt.absentSince),
            Value(attempt.chargeID), Value(attempt.number))
    }

    package func attempt(_ charge: ID<Charge>, _ number: Int) throws -> ChargeAttempt? {
        try connection.run(
            Statement(
                """
                SELECT \(attemptColumns) FROM charge_attempts
                WHERE charge_id = $1 AND number = $2
                """), Value(charge), Value(number)
        ).first.map(decodeAttempt)
    }

    package func attempts(of charge: ID<Charge>) throws -> [ChargeAttempt] {
        try connection.run(
            Statement(
                """
                SELECT \(attemptColumns) FROM charge_attempts
                WHERE charge_id = $1 ORDER BY number
                """), Value(charge)
        ).map(decodeAttempt)
    }

    /// Zero before the first.
    package func lastAttemptNumber(of charge: ID<Charge>) throws -> Int {
        try connection.run(
            "SELECT coalesce(max(number), 0) FROM charge_attempts WHERE charge_id = $1",
            Value(charge)
        ).first.map { Int(try $0.integer(0)) } ?? 0
    }

    /// Takes an attempt for this process until then. False while another one has it.
    package func lease(
        _ attempt: ChargeAttempt, until: Instant, at now: Instant
    ) throws -> Bool {
        try !connection.run(
            """
            UPDATE charge_attempts SET leased_until = $1
            WHERE charge_id = $2 AND number = $3 AND coalesce(leased_until, 0) <= $4
            RETURNING number
            """, Value(until), Value(attempt.chargeID), Value(attempt.number), Value(now)
        ).isEmpty
    }

    /// After which declines charges were tried again by this method since `moment`.
    package func declinesTriedAgain(
        by method: ID<PaymentMethod>, since moment: Instant
    ) throws -> [Decline] {
        try connection.run(
            """
            SELECT coalesce(earlier.code, '') FROM charge_attempts
            JOIN charge_attempts AS earlier ON earlier.charge_id = charge_attempts.charge_id
                AND earlier.number = charge_attempts.number - 1
            WHERE charge_attempts.payment_method_id = $1 AND charge_attempts.started_at >= $2
                AND charge_attempts.number > 1 AND earlier.state = 'declined'
            """, Value(method), Value(moment)
        ).map { Decline(code: try $0.text(0)) }
    }

    /// When the last attempt of all began; nil before the first.
    package func lastAttemptStartedAt() throws -> Instant? {
        try connection.run(
            """
            SELECT started_at FROM charge_attempts
            WHERE charge_id = (SELECT max(charge_id) FROM charge_attempts)
            ORDER BY number DESC LIMIT 1
            """
        ).first?.instant(0)
    }

    private var attemptColumns: String {
        """
        charge_id, number, payment_method_id, processor, state, code, remote_id, started_at,
        leased_until, questions, absent_since
        """
    }

    private func decodeAttempt(_ row: Row) throws -> ChargeAttempt {
        ChargeAttempt(
            chargeID: try row.id(0), number: try row.count(1), paymentMethodID: try row.id(2),
            processor: try row.text(3), state: try row.choice(4), code: try row.textOrNil(5),
            remoteID: try row.textOrNil(6), startedAt: try row.instant(7),
            leasedUntil: try row.instantOrNil(8), questions: try row.count(9),
            absentSince: try row.instantOrNil(10))
    }
}
