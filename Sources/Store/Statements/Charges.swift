package import Pledging

extension Transaction {
    package func insert(_ charge: Charge) throws { try insertRow(charge, Charge.columns) }

    /// Writes the new version. Throws StaleVersion when the stored one is not the version before
    /// it.
    package func update(_ charge: Charge, at now: Instant) throws {
        guard try updateRow(charge, Charge.columns, at: now) else {
            throw StaleVersion(id: charge.id.text)
        }
    }

    /// Deletes operators' notes on a person's charges.
    package func dropChargeNotes(of supporter: ID<Supporter>) throws {
        _ = try connection.run(
            """
            UPDATE charges SET sealed = NULL WHERE sealed IS NOT NULL
                AND pledge_id IN (SELECT id FROM pledges WHERE supporter_id = $1)
            """, Value(supporter))
    }

    /// Sets when a job looks at the charge again. It is not a change of state: the version stays.
    package func schedule(_ charge: ID<Charge>, next: Instant?) throws {
        _ = try connection.run(
            "UPDATE charges SET next_step_at = $1 WHERE id = $2", Value(next), Value(charge))
    }

    /// Whether a charge of this processor is held for lack of its token.
    package func hasMissing(at processor: String) throws -> Bool {
        try !connection.run(
            """
            SELECT 1 FROM charges WHERE state = 'held' AND reason = $1 AND processor = $2 LIMIT 1
            """, .text(Decline.missingToken), .text(processor)
        ).isEmpty
    }

    /// Returns the last payment of a pledge through a processor, or of all pledges if nil, that was
    /// made before `moment`.
    package func lastPayment(
        of pledge: ID<Pledge>?, at processor: String, before moment: Instant
    ) throws -> Charge? {
        let condition = pledge.map { _ in "charges.pledge_id = $3" } ?? "$3 = ''"
        return try connection.run(
            Statement(
                """
                SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
                WHERE charges.processor = $1 AND charges.state = 'succeeded'
                    AND charges.remote_id IS NOT NULL AND charges.paid_at < $2 AND \(condition)
                ORDER BY charges.paid_at DESC LIMIT 1
                """), .text(processor), Value(moment), .text(pledge?.text ?? "")
        ).read(decodeCharge).first
    }

    /// Sets when the charges of a processor that are held for lack of their token are looked at
    /// again.
    package func scheduleMissing(at processor: String, next: Instant) throws {
        _ = try connection.run(
            """
            UPDATE charges SET next_step_at = $1
            WHERE state = 'held' AND reason = $2 AND processor = $3
            """, Value(next), .text(Decline.missingToken), .text(processor))
    }

    /// Returns the charges of a pledge that were paid another way, with that amount, in that time.
    package func paymentsByHand(
        of pledge: ID<Pledge>, _ amount: Money, from first: Instant, through last: Instant
    ) throws -> [ID<Charge>] {
        try connection.run(
            """
            SELECT id FROM charges
            WHERE pledge_id = $1 AND state = 'succeeded' AND processor IS NULL
                AND amount_minor = $2 AND paid_at >= $3 AND paid_at <= $4 ORDER BY id
            """, Value(pledge), .integer(amount.minorUnits), Value(first), Value(last)
        ).read { try $0.id() }
    }

    /// Sets when the charges in a currency that are held for a reason are looked at again.
    package func scheduleHeld(
        because reason: HoldReason, in currency: String, next: Instant
    ) throws {
        _ = try connection.run(
            """
            UPDATE charges SET next_step_at = $1
            WHERE state = 'held' AND reason = $2 AND currency = $3
            """, Value(next), Value(reason), .text(currency))
    }

    /// Stores the processor's fee, the net amount and the payout of a payment, which the processor
    /// may report late and more than once.
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

    /// Stores the processor's id of a payment that was recorded before the id was known. It is not
    /// a change of state: the version stays.
    package func name(_ charge: ID<Charge>, _ remoteID: String) throws {
        _ = try connection.run(
            "UPDATE charges SET remote_id = $1 WHERE id = $2 AND remote_id IS NULL",
            .text(remoteID), Value(charge))
    }

    package func charge(_ id: ID<Charge>) throws -> Charge? {
        try connection.run(Transaction.chargeByID, Value(id)).first?.read(decodeCharge)
    }

    private static let chargeByID = Statement(
        "SELECT \(Charge.columns.selected) FROM \(chargeTables) WHERE charges.id = $1")

    /// Returns the charge of a pledge that begins with this period.
    package func charge(of pledge: ID<Pledge>, firstPeriod: Int) throws -> Charge? {
        try connection.run(Transaction.chargeByPeriod, Value(pledge), Value(firstPeriod))
            .first?.read(decodeCharge)
    }

    private static let chargeByPeriod = Statement(
        """
        SELECT \(Charge.columns.selected) FROM \(chargeTables)
        WHERE charges.pledge_id = $1 AND first_period = $2
        """)

    /// Returns the open charge of a pledge; there is at most one.
    package func openCharge(of pledge: ID<Pledge>) throws -> Charge? {
        try connection.run(Transaction.openChargeOfPledge, Value(pledge))
            .first?.read(decodeCharge)
    }

    private static let openChargeOfPledge = Statement(
        """
        SELECT \(Charge.columns.selected) FROM \(chargeTables)
        WHERE charges.pledge_id = $1 AND \(isOpen)
        """)

    /// Returns the charge that has this remote id at the processor.
    package func charge(paidAs remoteID: String, at processor: String) throws -> Charge? {
        try connection.run(
            Statement(
                """
                SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
                WHERE charges.remote_id = $1 AND charges.processor = $2
                """), .text(remoteID), .text(processor)
        ).first?.read(decodeCharge)
    }

    /// Returns charges after `last`, in the order of their ids; a condition that is nil matches
    /// all.
    package func charges(
        state: ChargeState?, pledge: ID<Pledge>?, after last: String, limit: Int
    ) throws -> [Charge] {
        let ofPledge = pledge == nil ? "" : "AND charges.pledge_id = $3"
        var parameters: [Value] = [.text(last), Value(state)]
        if let pledge { parameters.append(Value(pledge)) }
        parameters.append(Value(limit))
        let statement = Statement(
            """
            SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
            WHERE charges.id > $1 AND charges.state = coalesce($2, charges.state) \(ofPledge)
            ORDER BY charges.id LIMIT $\(parameters.count)
            """)
        return try connection.run(statement, [parameters]).read(decodeCharge)
    }

    package func charges(of supporter: ID<Supporter>) throws -> [Charge] {
        try connection.run(
            Statement(
                """
                SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
                WHERE pledges.supporter_id = $1 ORDER BY charges.id
                """), Value(supporter)
        ).read(decodeCharge)
    }

    /// Returns the last charge of a pledge before `period` that was tried or still may be; with
    /// `isPaid`, the last one that was paid.
    package func charge(
        before period: Int, of pledge: ID<Pledge>, isPaid: Bool
    ) throws -> Charge? {
        let states = isPaid ? "= 'succeeded'" : "NOT IN ('skipped', 'cancelled')"
        return try connection.run(
            Statement(
                """
                SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
                WHERE charges.pledge_id = $1 AND first_period < $2 AND charges.state \(states)
                ORDER BY first_period DESC LIMIT 1
                """), Value(pledge), Value(period)
        ).first?.read(decodeCharge)
    }

    /// Returns charges paid in `[since, until)`, in the order of payment, after `last`; `processor`
    /// nil matches every way of payment.
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
            SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
            WHERE paid_at >= $1 AND paid_at < $2 AND (paid_at, charges.id) > ($3, $4)
                \(processor == nil ? "" : "AND charges.processor = $5")
            ORDER BY paid_at, charges.id LIMIT $\(parameters.count)
            """)
        return try connection.run(statement, [parameters]).read(decodeCharge)
    }

    // MARK: Yearly receipts

    /// Returns pledges whose readers want one receipt a year, in the order of their ids.
    package func pledgesWithYearlyReceipts(after last: String, limit: Int) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(Pledge.columns.selected) FROM pledges WHERE receipts = 'yearly' AND id > $1
                ORDER BY id LIMIT $2
                """), .text(last), Value(limit)
        ).read(decodePledge)
    }

    /// Returns how many payments a pledge had in `[from, until)`, and their sum less refunds, in
    /// minor units. A payment that was refunded in full does not count.
    package func payments(
        of pledge: ID<Pledge>, from: Instant, until: Instant
    ) throws -> (count: Int, minorUnits: Int64) {
        try connection.run(
            """
            SELECT count(*), CAST(coalesce(sum(amount_minor - refunded_minor), 0) AS BIGINT)
            FROM charges WHERE pledge_id = $1 AND paid_at >= $2 AND paid_at < $3
                AND refunded_minor < amount_minor
            """, Value(pledge), Value(from), Value(until)
        )[0].read { try ($0.count(), $0.integer()) }
    }

    /// The condition of the index `charges_open`, word for word, so that the index is used.
    static let isOpen = """
        (charges.state = 'submitted' OR charges.state = 'pending'
            OR charges.state = 'actionRequired' OR charges.state = 'unknown'
            OR charges.state = 'held' OR charges.state = 'declined')
        """

    // MARK: Columns

    /// The tables that hold `Charge.columns`.
    static let chargeTables = "charges JOIN pledges ON pledges.id = charges.pledge_id"

    /// In the order of `Charge.columns`.
    func decodeCharge(_ row: inout RowReader) throws -> Charge {
        let (id, text): (ID<Charge>, String) = try row.idAndText()
        let note = try row.blobOrNil().flatMap {
            try keys.open($0, .charge, row: text, fields: 1)[0]
        }
        return try Charge(
            id: id, pledgeID: row.id(), supporterID: row.id(), firstPeriod: row.count(),
            periodCount: row.count(), amount: row.money(), dueOn: row.date(),
            state: row.choice(), reason: row.textOrNil(), attempts: row.count(),
            firstAttemptOn: row.dateOrNil(), nextStepAt: row.instantOrNil(),
            processor: row.textOrNil(), remoteID: row.textOrNil(), paidAt: row.instantOrNil(),
            settlement: row.groupOrNil(of: 4) {
                try Settlement(
                    feeMinor: $0.integer(), netMinor: $0.integer(), currency: $0.text(),
                    payoutID: $0.textOrNil())
            },
            refundedMinor: row.integer(), note: note, version: row.integer(),
            createdAt: row.instant())
    }
}

extension Charge {
    static let columns = EntityColumns<Charge>(
        "charges",
        [
            .key("id") { Value($0.id) },
            .sealed { charge, keys in
                try Value(
                    charge.note.map {
                        try keys.seal(SealedFields([$0]), .charge, row: charge.id.text)
                    })
            },
            .fixed("pledge_id") { Value($0.pledgeID) },
            .read("supporter_id", of: "pledges"),
            .fixed("first_period") { Value($0.firstPeriod) },
            .fixed("period_count") { Value($0.periodCount) },
            .changing("amount_minor") { .integer($0.amount.minorUnits) },
            .fixed("currency") { .text($0.amount.currency.code) },
            .fixed("due_on") { Value($0.dueOn) },
            .changing("state") { Value($0.state) },
            .changing("reason") { Value($0.reason) },
            .changing("attempts") { Value($0.attempts) },
            .changing("first_attempt_on") { Value($0.firstAttemptOn) },
            .changing("next_step_at") { Value($0.nextStepAt) },
            .changing("processor") { Value($0.processor) },
            .changing("remote_id") { Value($0.remoteID) },
            .changing("paid_at") { Value($0.paidAt) },
            .changing("fee_minor") { Value($0.settlement?.feeMinor) },
            .changing("net_minor") { Value($0.settlement?.netMinor) },
            .changing("settlement_currency") { Value($0.settlement?.currency) },
            .changing("payout_id") { Value($0.settlement?.payoutID) },
            .changing("refunded_minor") { .integer($0.refundedMinor) },
            .version { $0.version },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])
}
