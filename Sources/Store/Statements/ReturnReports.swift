package import Pledging

/// A refund or a dispute, as reports show it. Texts are as stored.
package struct ReturnRow: Sendable {
    package let id: String
    package let chargeID: String
    package let pledgeID: String
    package let supporterID: String
    package let extraPaymentID: String?
    package let at: Instant
    package let amount: Money
    package let state: String
    /// Nil for a dispute.
    package let reason: String?
    package let isAutomatic: Bool
    package let processor: String?
    package let remoteID: String?
}

extension Transaction {
    /// Returns refunds that were asked for in `[since, until)`, in the order of time, after `last`.
    package func refunds(
        since: Instant, until: Instant, after last: ReturnRow?, limit: Int
    ) throws -> [ReturnRow] {
        try connection.run(
            """
            SELECT refunds.id, charges.id, charges.pledge_id, pledges.supporter_id,
                refunds.extra_payment_id, refunds.created_at, refunds.amount_minor,
                charges.currency, refunds.state, refunds.reason, refunds.is_automatic,
                coalesce(extra_payments.processor, charges.processor), refunds.remote_id
            FROM refunds JOIN charges ON charges.id = refunds.charge_id
            JOIN pledges ON pledges.id = charges.pledge_id
            LEFT JOIN extra_payments ON extra_payments.id = refunds.extra_payment_id
            WHERE refunds.created_at >= $1 AND refunds.created_at < $2
                AND (refunds.created_at, refunds.id) > ($3, $4)
            ORDER BY refunds.created_at, refunds.id LIMIT $5
            """, window(since, until, after: last, limit)
        ).read { row in
            try ReturnRow(
                id: row.text(), chargeID: row.text(), pledgeID: row.text(),
                supporterID: row.text(), extraPaymentID: row.textOrNil(), at: row.instant(),
                amount: row.money(), state: row.text(), reason: row.textOrNil(),
                isAutomatic: row.flag(), processor: row.textOrNil(), remoteID: row.textOrNil())
        }
    }

    /// The same for disputes, by the time at which they became known here.
    package func disputes(
        since: Instant, until: Instant, after last: ReturnRow?, limit: Int
    ) throws -> [ReturnRow] {
        try connection.run(
            """
            SELECT disputes.id, charges.id, charges.pledge_id, pledges.supporter_id,
                disputes.extra_payment_id, disputes.created_at, disputes.amount_minor,
                charges.currency, disputes.state, disputes.processor, disputes.remote_id
            FROM disputes JOIN charges ON charges.id = disputes.charge_id
            JOIN pledges ON pledges.id = charges.pledge_id
            WHERE disputes.created_at >= $1 AND disputes.created_at < $2
                AND (disputes.created_at, disputes.id) > ($3, $4)
            ORDER BY disputes.created_at, disputes.id LIMIT $5
            """, window(since, until, after: last, limit)
        ).read { row in
            try ReturnRow(
                id: row.text(), chargeID: row.text(), pledgeID: row.text(),
                supporterID: row.text(), extraPaymentID: row.textOrNil(), at: row.instant(),
                amount: row.money(), state: row.text(), reason: nil, isAutomatic: false,
                processor: row.text(), remoteID: row.text())
        }
    }

    private func window(
        _ since: Instant, _ until: Instant, after last: ReturnRow?, _ limit: Int
    ) -> [[Value]] {
        [
            [
                Value(since), Value(until), Value(last?.at ?? Instant(milliseconds: .min)),
                .text(last?.id ?? ""), Value(limit),
            ]
        ]
    }
}
