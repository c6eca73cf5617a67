package import Pledging

/// Charges that a processor paid out to the newsroom's bank together, in the currency of the
/// settlement.
package struct Payout: Hashable, Sendable {
    /// The processor's id of the payout; nil for charges that are settled and not paid out.
    package let id: String?
    package let processor: String
    /// ISO 4217.
    package let currency: String
    package let charges: Int64
    package let feeMinor: Int64
    package let netMinor: Int64
    package let firstPaidAt: Instant
    package let lastPaidAt: Instant
}

extension Transaction {
    /// Returns payouts after `last`, in the order of their ids.
    package func payouts(after last: Payout?, limit: Int) throws -> [Payout] {
        try connection.run(
            Statement(
                """
                SELECT payout_id, \(sums) FROM charges
                WHERE payout_id IS NOT NULL AND state = 'succeeded'
                    AND (payout_id, processor, settlement_currency) > ($1, $2, $3)
                GROUP BY payout_id, processor, settlement_currency
                ORDER BY payout_id, processor, settlement_currency LIMIT $4
                """),
            .text(last?.id ?? ""), .text(last?.processor ?? ""), .text(last?.currency ?? ""),
            Value(limit)
        ).read(decodePayout)
    }

    /// Returns the sums of charges that are settled and not paid out, by processor and currency.
    package func settledWithoutPayout() throws -> [Payout] {
        try connection.run(
            Statement(
                """
                SELECT NULL, \(sums) FROM charges
                WHERE payout_id IS NULL AND paid_at IS NOT NULL
                    AND settlement_currency IS NOT NULL AND processor IS NOT NULL
                GROUP BY processor, settlement_currency
                ORDER BY processor, settlement_currency
                """)
        ).read(decodePayout)
    }

    private var sums: String {
        """
        processor, settlement_currency, count(*), CAST(coalesce(sum(fee_minor), 0) AS BIGINT),
        CAST(coalesce(sum(net_minor), 0) AS BIGINT), min(paid_at), max(paid_at)
        """
    }

    private func decodePayout(_ row: inout RowReader) throws -> Payout {
        try Payout(
            id: row.textOrNil(), processor: row.text(), currency: row.text(),
            charges: row.integer(), feeMinor: row.integer(), netMinor: row.integer(),
            firstPaidAt: row.instant(), lastPaidAt: row.instant())
    }
}
