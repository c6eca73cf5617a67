package import Pledging

/// Charges that are settled and in no payout yet, in the currency of the settlement.
package struct UnpaidSettlement: Hashable, Sendable {
    package let processor: String
    /// ISO 4217.
    package let currency: String
    package let charges: Int64
    package let feeMinor: Int64
    package let netMinor: Int64
}

extension Transaction {
    /// Stores payouts as the processor lists them now.
    package func save(_ payouts: [Payout]) throws {
        _ = try connection.run(
            """
            INSERT INTO payouts (processor, remote_id, currency, amount_minor, made_at, state,
                charges, gross_minor, refunds_minor, disputes_minor, fees_minor, adjustments_minor)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (processor, remote_id, currency) DO UPDATE SET
                amount_minor = excluded.amount_minor, made_at = excluded.made_at,
                state = excluded.state, charges = excluded.charges,
                gross_minor = excluded.gross_minor, refunds_minor = excluded.refunds_minor,
                disputes_minor = excluded.disputes_minor, fees_minor = excluded.fees_minor,
                adjustments_minor = excluded.adjustments_minor
            """,
            payouts.map { payout in
                [
                    .text(payout.processor), .text(payout.remoteID), .text(payout.currency),
                    .integer(payout.amountMinor), Value(payout.madeAt), Value(payout.state),
                    Value(payout.parts?.charges), Value(payout.parts?.grossMinor),
                    Value(payout.parts?.refundsMinor), Value(payout.parts?.disputesMinor),
                    Value(payout.parts?.feesMinor), Value(payout.parts?.adjustmentsMinor),
                ]
            })
    }

    /// Returns since when a processor's payouts are to be read: since the last one that is known,
    /// or since the first payment through it. Nil if nothing was paid.
    package func payoutsUnreadSince(at processor: String) throws -> Instant? {
        let last = try connection.run(
            "SELECT made_at FROM payouts WHERE processor = $1 ORDER BY made_at DESC LIMIT 1",
            .text(processor)
        ).first?.read { try $0.instant() }
        if let last { return last }
        return try connection.run(
            """
            SELECT paid_at FROM charges WHERE paid_at IS NOT NULL AND processor = $1
            ORDER BY paid_at LIMIT 1
            """, .text(processor)
        ).first?.read { try $0.instant() }
    }

    /// Returns payouts after `last`, in the order of time.
    package func payouts(after last: Payout?, limit: Int) throws -> [Payout] {
        try connection.run(
            """
            SELECT processor, remote_id, currency, amount_minor, made_at, state, charges,
                gross_minor, refunds_minor, disputes_minor, fees_minor, adjustments_minor
            FROM payouts WHERE (made_at, processor, remote_id, currency) > ($1, $2, $3, $4)
            ORDER BY made_at, processor, remote_id, currency LIMIT $5
            """,
            Value(last?.madeAt ?? Instant(milliseconds: Int64.min)), .text(last?.processor ?? ""),
            .text(last?.remoteID ?? ""), .text(last?.currency ?? ""), Value(limit)
        ).read(decodePayout)
    }

    /// Returns the sums of charges that are settled and in no payout that is known, by processor
    /// and currency.
    package func settledWithoutPayout() throws -> [UnpaidSettlement] {
        try connection.run(
            """
            SELECT processor, settlement_currency, count(*),
                CAST(coalesce(sum(fee_minor), 0) AS BIGINT),
                CAST(coalesce(sum(net_minor), 0) AS BIGINT)
            FROM charges
            WHERE paid_at IS NOT NULL AND settlement_currency IS NOT NULL
                AND processor IS NOT NULL AND (payout_id IS NULL
                    OR NOT EXISTS (SELECT 1 FROM payouts
                        WHERE payouts.processor = charges.processor
                            AND payouts.remote_id = charges.payout_id
                            AND payouts.currency = settlement_currency))
            GROUP BY processor, settlement_currency
            ORDER BY processor, settlement_currency
            """
        ).read { row in
            try UnpaidSettlement(
                processor: row.text(), currency: row.text(), charges: row.integer(),
                feeMinor: row.integer(), netMinor: row.integer())
        }
    }

    private func decodePayout(_ row: inout RowReader) throws -> Payout {
        try Payout(
            processor: row.text(), remoteID: row.text(), currency: row.text(),
            amountMinor: row.integer(), madeAt: row.instant(), state: row.choice(),
            parts: row.groupOrNil(of: 6) {
                try Payout.Parts(
                    charges: $0.integer(), grossMinor: $0.integer(), refundsMinor: $0.integer(),
                    disputesMinor: $0.integer(), feesMinor: $0.integer(),
                    adjustmentsMinor: $0.integer())
            })
    }
}
