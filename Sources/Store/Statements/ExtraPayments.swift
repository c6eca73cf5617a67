package import Pledging

extension Transaction {
    package func insert(_ extra: ExtraPayment) throws {
        try insertRow(extra, ExtraPayment.columns)
    }

    package func update(_ extra: ExtraPayment, at now: Instant) throws {
        try updateRow(extra, ExtraPayment.columns, at: now)
    }

    /// Returns the extra payments of a charge, in the order in which they were found.
    package func extraPayments(of charge: ID<Charge>) throws -> [ExtraPayment] {
        try connection.run(Transaction.extraPaymentsOfCharge, Value(charge))
            .read(decodeExtraPayment)
    }

    private static let extraPaymentsOfCharge = Statement(
        """
        SELECT \(ExtraPayment.columns.selected) FROM extra_payments
        JOIN charges ON charges.id = extra_payments.charge_id
        WHERE extra_payments.charge_id = $1 ORDER BY extra_payments.id
        """)

    package func extraPayment(_ id: ID<ExtraPayment>) throws -> ExtraPayment? {
        try connection.run(
            Statement(
                """
                SELECT \(ExtraPayment.columns.selected) FROM extra_payments
                JOIN charges ON charges.id = extra_payments.charge_id
                WHERE extra_payments.id = $1
                """), Value(id)
        ).first?.read(decodeExtraPayment)
    }

    package func extraPayment(
        paidAs remoteID: String, at processor: String
    ) throws -> ExtraPayment? {
        try connection.run(
            Statement(
                """
                SELECT \(ExtraPayment.columns.selected) FROM extra_payments
                JOIN charges ON charges.id = extra_payments.charge_id
                WHERE extra_payments.processor = $1 AND extra_payments.remote_id = $2
                """), .text(processor), .text(remoteID)
        ).first?.read(decodeExtraPayment)
    }

    /// Returns, for each payment that was sent back without a person's word since `moment`, the
    /// method that had paid.
    package func methodsOfAutomaticRefunds(since moment: Instant) throws -> [ID<PaymentMethod>] {
        try connection.run(
            """
            SELECT charge_attempts.payment_method_id FROM refunds
            JOIN charges ON charges.id = refunds.charge_id
            LEFT JOIN extra_payments ON extra_payments.id = refunds.extra_payment_id
            JOIN charge_attempts ON charge_attempts.charge_id = refunds.charge_id
                AND charge_attempts.remote_id
                    = coalesce(extra_payments.remote_id, charges.remote_id)
            WHERE refunds.is_automatic = 1 AND refunds.created_at > $1
            """, Value(moment)
        ).read { try $0.id() }
    }

    /// In the order of `ExtraPayment.columns`.
    private func decodeExtraPayment(_ row: inout RowReader) throws -> ExtraPayment {
        try ExtraPayment(
            id: row.id(), chargeID: row.id(), attempt: row.count(), processor: row.text(),
            remoteID: row.text(), amount: row.money(), refundedMinor: row.integer(),
            paidAt: row.instant(), createdAt: row.instant())
    }
}

extension ExtraPayment {
    /// Its currency is its charge's.
    static let columns = EntityColumns<ExtraPayment>(
        "extra_payments",
        [
            .key("id") { Value($0.id) },
            .fixed("charge_id") { Value($0.chargeID) },
            .fixed("attempt") { Value($0.attempt) },
            .fixed("processor") { .text($0.processor) },
            .fixed("remote_id") { .text($0.remoteID) },
            .fixed("amount_minor") { .integer($0.amount.minorUnits) },
            .read("currency", of: "charges"),
            .changing("refunded_minor") { .integer($0.refundedMinor) },
            .fixed("paid_at") { Value($0.paidAt) },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])
}
