package import Pledging

extension Transaction {
    package func insert(_ refund: Refund) throws { try insertRow(refund, Refund.columns) }

    package func update(_ refund: Refund, at now: Instant) throws {
        try updateRow(refund, Refund.columns, at: now)
    }

    package func refunds(of charge: ID<Charge>) throws -> [Refund] {
        try connection.run(Transaction.refundsOfCharge, Value(charge)).read(decodeRefund)
    }

    private static let refundsOfCharge = Statement(
        """
        SELECT \(Refund.columns.selected) FROM refunds
        JOIN charges ON charges.id = refunds.charge_id
        WHERE refunds.charge_id = $1 ORDER BY number
        """)

    package func refund(_ id: ID<Refund>) throws -> Refund? {
        try connection.run(
            Statement(
                """
                SELECT \(Refund.columns.selected) FROM refunds
                JOIN charges ON charges.id = refunds.charge_id
                WHERE refunds.id = $1
                """), Value(id)
        ).read(decodeRefund).first
    }

    /// Returns refunds whose next step is due: the processor is to be asked about them.
    package func refunds(toStepBy now: Instant, limit: Int) throws -> [Refund] {
        try connection.run(
            Statement(
                """
                SELECT \(Refund.columns.selected) FROM refunds
                JOIN charges ON charges.id = refunds.charge_id
                WHERE refunds.next_step_at <= $1 ORDER BY refunds.next_step_at, refunds.id LIMIT $2
                """), Value(now), Value(limit)
        ).read(decodeRefund)
    }

    /// Returns how many refunds have a next step that is due.
    package func refunds(dueBy now: Instant) throws -> Int {
        try connection.run(
            "SELECT count(*) FROM refunds WHERE next_step_at <= $1", Value(now)
        )[0].read { try $0.count() }
    }

    /// Moves a refund's next step. Returns false when another process did so first.
    package func schedule(_ refund: Refund, next: Instant?) throws -> Bool {
        try !connection.run(
            """
            UPDATE refunds SET next_step_at = $1 WHERE id = $2 AND next_step_at = $3 RETURNING id
            """, Value(next), Value(refund.id), Value(refund.nextStepAt)
        ).isEmpty
    }

    // MARK: Disputes

    package func insert(_ dispute: Dispute) throws { try insertRow(dispute, Dispute.columns) }

    package func setState(_ state: Dispute.State, of dispute: Dispute, at now: Instant) throws {
        var changed = dispute
        changed.state = state
        try updateRow(changed, Dispute.columns, at: now)
    }

    package func disputes(of charge: ID<Charge>) throws -> [Dispute] {
        try connection.run(
            Statement(
                """
                SELECT \(Dispute.columns.selected) FROM disputes
                JOIN charges ON charges.id = disputes.charge_id
                WHERE disputes.charge_id = $1 ORDER BY disputes.id
                """), Value(charge)
        ).read(decodeDispute)
    }

    // MARK: Columns

    /// In the order of `Refund.columns`.
    private func decodeRefund(_ row: inout RowReader) throws -> Refund {
        try Refund(
            id: row.id(), chargeID: row.id(), extraPaymentID: row.idOrNil(),
            number: row.count(), amount: row.money(), state: row.choice(),
            remoteID: row.textOrNil(), reason: row.textOrNil(),
            nextStepAt: row.instantOrNil(), isAutomatic: row.flag(), createdAt: row.instant())
    }

    /// In the order of `Dispute.columns`.
    private func decodeDispute(_ row: inout RowReader) throws -> Dispute {
        try Dispute(
            id: row.id(), chargeID: row.id(), extraPaymentID: row.idOrNil(),
            processor: row.text(), remoteID: row.text(),
            amount: row.money(), state: row.choice(), createdAt: row.instant())
    }
}

extension Refund {
    /// Its currency is its charge's.
    static let columns = EntityColumns<Refund>(
        "refunds",
        [
            .key("id") { Value($0.id) },
            .fixed("charge_id") { Value($0.chargeID) },
            .fixed("extra_payment_id") { Value($0.extraPaymentID) },
            .fixed("number") { Value($0.number) },
            .changing("amount_minor") { .integer($0.amount.minorUnits) },
            .read("currency", of: "charges"),
            .changing("state") { Value($0.state) },
            .changing("remote_id") { Value($0.remoteID) },
            .changing("reason") { Value($0.reason) },
            .changing("next_step_at") { Value($0.nextStepAt) },
            .fixed("is_automatic") { Value($0.isAutomatic) },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])
}

extension Dispute {
    /// Its currency is its charge's.
    static let columns = EntityColumns<Dispute>(
        "disputes",
        [
            .key("id") { Value($0.id) },
            .fixed("charge_id") { Value($0.chargeID) },
            .fixed("extra_payment_id") { Value($0.extraPaymentID) },
            .fixed("processor") { .text($0.processor) },
            .fixed("remote_id") { .text($0.remoteID) },
            .fixed("amount_minor") { .integer($0.amount.minorUnits) },
            .read("currency", of: "charges"),
            .changing("state") { Value($0.state) },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])
}
