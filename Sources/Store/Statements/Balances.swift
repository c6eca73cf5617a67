package import Pledging

extension Transaction {
    /// Returns what moved the newsroom's balance at each processor before `until`, summed up for
    /// each processor, currency and kind, before `since` and from then on. The currency is the one
    /// in which a payment was settled. Payments that arrived another way are left out.
    package func balanceMoves(since: Instant, until: Instant) throws -> [BalanceMove] {
        var moves: [BalanceMove] = []
        for (kind, source) in Transaction.balanceSources {
            moves += try connection.run(
                Statement(
                    """
                    SELECT processor, currency,
                        CAST(coalesce(sum(CASE WHEN at < $1 THEN minor ELSE 0 END), 0) AS BIGINT),
                        CAST(coalesce(sum(CASE WHEN at < $1 THEN 0 ELSE minor END), 0) AS BIGINT)
                    FROM (\(source)) AS moves
                    WHERE at < $2 GROUP BY processor, currency ORDER BY processor, currency
                    """), Value(since), Value(until)
            ).read { row in
                try BalanceMove(
                    processor: row.text(), currency: row.text(), kind: kind,
                    beforeMinor: row.integer(), withinMinor: row.integer())
            }
        }
        return moves
    }

    /// Each selects processor, currency, time (at) and amount (minor). A processor takes the money
    /// of a refund when it accepts it, and of a dispute when that is opened; it comes back when the
    /// refund fails or the dispute is won.
    private static let balanceSources: [(BalanceMove.Kind, String)] = [
        (
            .charges,
            """
            SELECT processor, \(settled) AS currency, paid_at AS at,
                \(inSettlement("charges.amount_minor")) AS minor
            FROM charges WHERE paid_at IS NOT NULL AND processor IS NOT NULL
            """
        ),
        (
            .charges,
            """
            SELECT extra_payments.processor, currency, extra_payments.paid_at AS at,
                extra_payments.amount_minor AS minor
            FROM extra_payments JOIN charges ON charges.id = extra_payments.charge_id
            """
        ),
        (.refunds, "\(refund("refunds.created_at", "")) WHERE \(isAtProcessor)"),
        (
            .refunds,
            """
            \(refund("refunds.updated_at", "-"))
            WHERE \(isAtProcessor) AND refunds.state = 'failed'
            """
        ),
        // What had gone back of an extra payment when it was found.
        (
            .refunds,
            """
            SELECT extra_payments.processor, currency, extra_payments.paid_at AS at,
                extra_payments.refunded_minor - (
                    SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM refunds
                    WHERE extra_payment_id = extra_payments.id AND state = 'succeeded') - (
                    SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM disputes
                    WHERE extra_payment_id = extra_payments.id AND state = 'lost') AS minor
            FROM extra_payments JOIN charges ON charges.id = extra_payments.charge_id
            """
        ),
        (.disputes, dispute("disputes.created_at", "")),
        (.disputes, "\(dispute("disputes.updated_at", "-")) WHERE disputes.state = 'won'"),
        (
            .fees,
            """
            SELECT processor, settlement_currency AS currency, paid_at AS at, fee_minor AS minor
            FROM charges
            WHERE paid_at IS NOT NULL AND processor IS NOT NULL AND fee_minor IS NOT NULL
            """
        ),
        // Fees that are no charge's own: of disputes, of extra payments, of the account.
        (
            .fees,
            """
            SELECT processor, currency, made_at AS at, fees_minor - (
                    SELECT CAST(coalesce(sum(fee_minor), 0) AS BIGINT) FROM charges
                    WHERE charges.payout_id = payouts.remote_id
                        AND charges.processor = payouts.processor
                        AND charges.settlement_currency = payouts.currency) AS minor
            FROM payouts WHERE fees_minor IS NOT NULL
            """
        ),
        (
            .adjustments,
            """
            SELECT processor, currency, made_at AS at, adjustments_minor AS minor
            FROM payouts WHERE adjustments_minor IS NOT NULL
            """
        ),
        (
            .payouts,
            """
            SELECT processor, currency, made_at AS at, amount_minor AS minor
            FROM payouts WHERE state <> 'failed'
            """
        ),
    ]

    private static let isAtProcessor =
        "(refunds.remote_id IS NOT NULL OR refunds.state = 'succeeded')"
    private static let settled = "coalesce(charges.settlement_currency, charges.currency)"

    /// An amount in the currency of the charge, at the rate at which the charge was settled.
    private static func inSettlement(_ amount: String) -> String {
        """
        CASE WHEN charges.fee_minor IS NULL THEN \(amount)
            ELSE \(amount) * (charges.fee_minor + charges.net_minor) / charges.amount_minor END
        """
    }

    private static func refund(_ at: String, _ sign: String) -> String {
        let processor = "coalesce(extra_payments.processor, charges.processor)"
        return """
            \(returned("refunds", by: processor, at, sign))
            LEFT JOIN extra_payments ON extra_payments.id = refunds.extra_payment_id
            """
    }

    private static func dispute(_ at: String, _ sign: String) -> String {
        returned("disputes", by: "disputes.processor", at, sign)
    }

    /// What went back of the payment that a charge counts is in the currency of its settlement.
    private static func returned(
        _ table: String, by processor: String, _ at: String, _ sign: String
    ) -> String {
        """
        SELECT \(processor) AS processor,
            CASE WHEN \(table).extra_payment_id IS NULL THEN \(settled) ELSE charges.currency END
                AS currency, \(at) AS at,
            \(sign)(CASE WHEN \(table).extra_payment_id IS NULL
                THEN \(inSettlement("\(table).amount_minor"))
                ELSE \(table).amount_minor END) AS minor
        FROM \(table) JOIN charges ON charges.id = \(table).charge_id
        """
    }
}
