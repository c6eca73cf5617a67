package import Pledging

extension Transaction {
    package func insert(_ charge: Charge) throws {
        _ = try connection.run(
            """
            INSERT INTO charges (id, pledge_id, first_period, period_count, amount_minor, currency,
                due_on, state, reason, attempts, first_attempt_on, next_step_at, processor,
                remote_id, paid_at, fee_minor, net_minor, settlement_currency, payout_id,
                refunded_minor, sealed, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $18, $19, $20, $21, $22, $23, $23)
            """,
            Value(charge.id), Value(charge.pledgeID), Value(charge.firstPeriod),
            Value(charge.periodCount), .integer(charge.amount.minorUnits),
            .text(charge.amount.currency.code), Value(charge.dueOn), Value(charge.state),
            Value(charge.reason), Value(charge.attempts), Value(charge.firstAttemptOn),
            Value(charge.nextStepAt), Value(charge.processor), Value(charge.remoteID),
            Value(charge.paidAt), Value(charge.settlement?.feeMinor),
            Value(charge.settlement?.netMinor), Value(charge.settlement?.currency),
            Value(charge.settlement?.payoutID), .integer(charge.refundedMinor),
            Value(try seal(charge)), .integer(charge.version), Value(charge.createdAt))
    }

    /// Stores the new version over the one before it; StaleVersion when that is not the stored one.
    package func update(_ charge: Charge, at now: Instant) throws {
        let rows = try connection.run(
            """
            UPDATE charges SET state = $1, reason = $2, attempts = $3, first_attempt_on = $4,
                next_step_at = $5, processor = $6, remote_id = $7, paid_at = $8, fee_minor = $9,
                net_minor = $10, settlement_currency = $11, payout_id = $12, refunded_minor = $13,
                sealed = $14, version = $15, updated_at = $16
            WHERE id = $17 AND version = $15 - 1 RETURNING id
            """,
            Value(charge.state), Value(charge.reason), Value(charge.attempts),
            Value(charge.firstAttemptOn), Value(charge.nextStepAt), Value(charge.processor),
            Value(charge.remoteID), Value(charge.paidAt), Value(charge.settlement?.feeMinor),
            Value(charge.settlement?.netMinor), Value(charge.settlement?.currency),
            Value(charge.settlement?.payoutID), .integer(charge.refundedMinor),
            Value(try seal(charge)), .integer(charge.version), Value(now), Value(charge.id))
        if rows.isEmpty { throw StaleVersion(id: charge.id.text) }
    }

    /// What operators wrote about a person's charges.
    package func dropChargeNotes(of supporter: ID<Supporter>) throws {
        _ = try connection.run(
            """
            UPDATE charges SET sealed = NULL WHERE sealed IS NOT NULL
                AND pledge_id IN (SELECT id FROM pledges WHERE supporter_id = $1)
            """, Value(supporter))
    }

    /// When a job looks at the charge again; no change of state.
    package func schedule(_ charge: ID<Charge>, next: Instant?) throws {
        _ = try connection.run(
            "UPDATE charges SET next_step_at = $1 WHERE id = $2", Value(next), Value(charge))
    }

    /// What the processor kept and passed on of the payment, which it may tell late and again.
    package func settle(_ charge: ID<Charge>, _ settlement: Settlement) throws {
        _ = try connection.run(
            """
            UPDATE charges SET fee_minor = $1, net_minor = $2, settlement_currency = $3,
                payout_id = coalesce($4, payout_id)
            WHERE id = $5
            """,
            .integer(settlement.feeMinor), .integer(settlement.netMinor),
            .text(settlement.currency), Value(settlement.payoutID), Value(charge))
    }

    /// The processor's name for a payment that was booked before it was known; no change of state.
    package func name(_ charge: ID<Charge>, _ remoteID: String) throws {
        _ = try connection.run(
            "UPDATE charges SET remote_id = $1 WHERE id = $2 AND remote_id IS NULL",
            .text(remoteID), Value(charge))
    }

    package func charge(_ id: ID<Charge>) throws -> Charge? {
        try connection.run(
            Statement("SELECT \(chargeColumns) FROM \(chargeTables) WHERE charges.id = $1"),
            Value(id)
        ).first.map(decodeCharge)
    }

    /// The charge that a period of a pledge begins.
    package func charge(of pledge: ID<Pledge>, firstPeriod: Int) throws -> Charge? {
        try connection.run(
            Statement(
                """
                SELECT \(chargeColumns) FROM \(chargeTables)
                WHERE charges.pledge_id = $1 AND first_period = $2
                """), Value(pledge), Value(firstPeriod)
        ).first.map(decodeCharge)
    }

    /// The one charge of a pledge that is not over.
    package func openCharge(of pledge: ID<Pledge>) throws -> Charge? {
        try connection.run(
            Statement(
                """
                SELECT \(chargeColumns) FROM \(chargeTables)
                WHERE charges.pledge_id = $1 AND \(Transaction.isOpen)
                """), Value(pledge)
        ).first.map(decodeCharge)
    }

    /// The charge that was paid under the processor's name for it.
    package func charge(paidAs remoteID: String, at processor: String) throws -> Charge? {
        try connection.run(
            Statement(
                """
                SELECT \(chargeColumns) FROM \(chargeTables)
                WHERE charges.remote_id = $1 AND charges.processor = $2
                """), .text(remoteID), .text(processor)
        ).first.map(decodeCharge)
    }

    /// Charges in the order of their ids, after `last`; nil conditions match all.
    package func charges(
        state: ChargeState?, pledge: ID<Pledge>?, after last: String, limit: Int
    ) throws -> [Charge] {
        let ofPledge = pledge == nil ? "" : "AND charges.pledge_id = $3"
        var parameters: [Value] = [.text(last), Value(state)]
        if let pledge { parameters.append(Value(pledge)) }
        parameters.append(Value(limit))
        let statement = Statement(
            """
            SELECT \(chargeColumns) FROM \(chargeTables)
            WHERE charges.id > $1 AND charges.state = coalesce($2, charges.state) \(ofPledge)
            ORDER BY charges.id LIMIT $\(parameters.count)
            """)
        return try connection.run(statement, [parameters]).map(decodeCharge)
    }

    package func charges(of supporter: ID<Supporter>) throws -> [Charge] {
        try connection.run(
            Statement(
                """
                SELECT \(chargeColumns) FROM \(chargeTables)
                WHERE pledges.supporter_id = $1 ORDER BY charges.id
                """), Value(supporter)
        ).map(decodeCharge)
    }

    /// The last charge of a pledge before `period` that was tried or may be; with `isPaid`, the
    /// last one that was paid.
    package func charge(
        before period: Int, of pledge: ID<Pledge>, isPaid: Bool
    ) throws -> Charge? {
        let states = isPaid ? "= 'succeeded'" : "NOT IN ('skipped', 'cancelled')"
        return try connection.run(
            Statement(
                """
                SELECT \(chargeColumns) FROM \(chargeTables)
                WHERE charges.pledge_id = $1 AND first_period < $2 AND charges.state \(states)
                ORDER BY first_period DESC LIMIT 1
                """), Value(pledge), Value(period)
        ).first.map(decodeCharge)
    }

    /// What was paid in `[since, until)`, in the order of payment, after `last`; nil as `processor`
    /// is whatever way it came.
    package func paidCharges(
        at processor: String? = nil, since: Instant, until: Instant = Instant(milliseconds: .max),
        after last: Charge?, limit: Int
    ) throws -> [Charge] {
        var parameters: [Value] = [
            Value(since), Value(until), Value(last?.paidAt ?? Instant(milliseconds: 0)),
            .text(last?.id.text ?? ""),
        ]
        if let processor { parameters.append(.text(processor)) }
        parameters.append(Value(limit))
        let statement = Statement(
            """
            SELECT \(chargeColumns) FROM \(chargeTables)
            WHERE paid_at >= $1 AND paid_at < $2 AND (paid_at, charges.id) > ($3, $4)
                \(processor == nil ? "" : "AND charges.processor = $5")
            ORDER BY paid_at, charges.id LIMIT $\(parameters.count)
            """)
        return try connection.run(statement, [parameters]).map(decodeCharge)
    }

    // MARK: Yearly receipts

    /// Pledges whose readers want one receipt a year, in the order of their ids.
    package func pledgesWithYearlyReceipts(after last: String, limit: Int) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(pledgeColumns) FROM pledges WHERE receipts = 'yearly' AND id > $1
                ORDER BY id LIMIT $2
                """), .text(last), Value(limit)
        ).map(decodePledge)
    }

    /// What was paid for a pledge in `[from, until)`, net of what went back: how often and how
    /// much.
    package func payments(
        of pledge: ID<Pledge>, from: Instant, until: Instant
    ) throws -> (count: Int, minorUnits: Int64) {
        let row = try connection.run(
            """
            SELECT count(*), CAST(coalesce(sum(amount_minor - refunded_minor), 0) AS BIGINT)
            FROM charges WHERE pledge_id = $1 AND paid_at >= $2 AND paid_at < $3
                AND refunded_minor < amount_minor
            """, Value(pledge), Value(from), Value(until))[0]
        return (try row.count(0), try row.integer(1))
    }

    /// The states of `charges_open`, word for word, so that the index serves.
    static let isOpen = """
        (charges.state = 'submitted' OR charges.state = 'pending'
            OR charges.state = 'actionRequired' OR charges.state = 'unknown'
            OR charges.state = 'held' OR charges.state = 'declined')
        """

    var chargeTables: String { "charges JOIN pledges ON pledges.id = charges.pledge_id" }

    var chargeColumns: String {
        """
        charges.id, charges.pledge_id, pledges.supporter_id, first_period, period_count,
        charges.amount_minor, charges.currency, due_on, charges.state, reason, attempts,
        first_attempt_on, next_step_at, charges.processor, charges.remote_id, paid_at, fee_minor,
        net_minor, settlement_currency, payout_id, refunded_minor, charges.version,
        charges.created_at, charges.sealed
        """
    }

    private func seal(_ charge: Charge) throws -> [UInt8]? {
        try charge.note.map { try keys.seal(SealedFields([$0]), .charge, row: charge.id.text) }
    }

    func decodeCharge(_ row: Row) throws -> Charge {
        guard let currency = try? Currency(try row.text(6)) else { throw RowError(column: 6) }
        var settlement: Settlement?
        if let fee = try row.integerOrNil(16) {
            settlement = Settlement(
                feeMinor: fee, netMinor: try row.integer(17), currency: try row.text(18),
                payoutID: try row.textOrNil(19))
        }
        let note = try row.blobOrNil(23).flatMap {
            try keys.open($0, .charge, row: try row.text(0), fields: 1)[0]
        }
        return Charge(
            id: try row.id(0), pledgeID: try row.id(1), supporterID: try row.id(2),
            firstPeriod: try row.count(3), periodCount: try row.count(4),
            amount: Money(minorUnits: try row.integer(5), currency: currency),
            dueOn: try row.date(7), state: try row.choice(8), reason: try row.textOrNil(9),
            attempts: try row.count(10), firstAttemptOn: try row.dateOrNil(11),
            nextStepAt: try row.instantOrNil(12), processor: try row.textOrNil(13),
            remoteID: try row.textOrNil(14), paidAt: try row.instantOrNil(15),
            settlement: settlement, refundedMinor: try row.integer(20),
            note: note, version: try row.integer(21), createdAt: try row.instant(22))
    }
}
