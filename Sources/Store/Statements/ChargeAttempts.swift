package import Pledging

extension Transaction {
    package func insert(_ attempt: ChargeAttempt) throws {
        try insertRow(attempt, ChargeAttempt.columns)
    }

    package func update(_ attempt: ChargeAttempt) throws {
        try updateRow(attempt, ChargeAttempt.columns)
    }

    package func attempt(_ charge: ID<Charge>, _ number: Int) throws -> ChargeAttempt? {
        try connection.run(Transaction.attemptByNumber, Value(charge), Value(number))
            .first?.read(decodeAttempt)
    }

    private static let attemptByNumber = Statement(
        """
        SELECT \(ChargeAttempt.columns.selected) FROM charge_attempts
        WHERE charge_id = $1 AND number = $2
        """)

    package func attempts(of charge: ID<Charge>) throws -> [ChargeAttempt] {
        try connection.run(Transaction.attemptsOfCharge, Value(charge)).read(decodeAttempt)
    }

    private static let attemptsOfCharge = Statement(
        """
        SELECT \(ChargeAttempt.columns.selected) FROM charge_attempts
        WHERE charge_id = $1 ORDER BY number
        """)

    /// Returns the number of the charge's last attempt; zero before the first.
    package func lastAttemptNumber(of charge: ID<Charge>) throws -> Int {
        try connection.run(
            "SELECT coalesce(max(number), 0) FROM charge_attempts WHERE charge_id = $1",
            Value(charge)
        )[0].read { try $0.count() }
    }

    /// Leases an attempt to this process until `until`. Returns false while another process has it.
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

    /// Ends this process's lease on an attempt.
    package func release(_ attempt: ChargeAttempt) throws {
        _ = try connection.run(
            "UPDATE charge_attempts SET leased_until = NULL WHERE charge_id = $1 AND number = $2",
            Value(attempt.chargeID), Value(attempt.number))
    }

    /// Returns the declines after which charges were tried again by this method since `moment`.
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
        ).read { Decline(code: try $0.text()) }
    }

    /// Returns when the last attempt of the newest charge began; nil before the first charge.
    package func lastAttemptStartedAt() throws -> Instant? {
        try connection.run(
            """
            SELECT started_at FROM charge_attempts
            WHERE charge_id = (SELECT max(charge_id) FROM charge_attempts)
            ORDER BY number DESC LIMIT 1
            """
        ).first?.read { try $0.instant() }
    }

    // MARK: Columns

    /// In the order of `ChargeAttempt.columns`.
    private func decodeAttempt(_ row: inout RowReader) throws -> ChargeAttempt {
        try ChargeAttempt(
            chargeID: row.id(), number: row.count(), paymentMethodID: row.id(),
            processor: row.text(), state: row.choice(), code: row.textOrNil(),
            remoteID: row.textOrNil(), startedAt: row.instant(),
            isAdopted: row.flag(), leasedUntil: row.instantOrNil(), questions: row.count(),
            absentSince: row.instantOrNil())
    }
}

extension ChargeAttempt {
    static let columns = EntityColumns<ChargeAttempt>(
        "charge_attempts",
        [
            .key("charge_id") { Value($0.chargeID) },
            .key("number") { Value($0.number) },
            .fixed("payment_method_id") { Value($0.paymentMethodID) },
            .fixed("processor") { .text($0.processor) },
            .changing("state") { Value($0.state) },
            .changing("code") { Value($0.code) },
            .changing("remote_id") { Value($0.remoteID) },
            .fixed("started_at") { Value($0.startedAt) },
            .fixed("is_adopted") { Value($0.isAdopted) },
            .changing("leased_until") { Value($0.leasedUntil) },
            .changing("questions") { Value($0.questions) },
            .changing("absent_since") { Value($0.absentSince) },
        ])
}
