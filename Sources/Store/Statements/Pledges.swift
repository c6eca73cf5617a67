package import Pledging

extension Transaction {
    package func insert(_ pledge: Pledge) throws {
        _ = try connection.run(
            """
            INSERT INTO pledges (id, supporter_id, payment_method_id, amount_minor, currency,
                interval, state, anchor_day, anchor_month, started_on, next_charge_on, next_period,
                paused_until, due_before_pause, last_charged_on, charges_succeeded,
                total_given_minor, cancel_reason, cancelled_by, predecessor_id, sealed, version,
                ended_at, created_at, updated_at, collect_every, needs_notice, receipts)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $18, $19, $20, $21, $22, $23, $24, $24, $25, $26, $27)
            """,
            Value(pledge.id), Value(pledge.supporterID), Value(pledge.paymentMethodID),
            .integer(pledge.amount.minorUnits), .text(pledge.amount.currency.code),
            Value(pledge.interval), Value(pledge.state), Value(pledge.anchor.day),
            Value(pledge.anchor.month), Value(pledge.startedOn), Value(pledge.nextChargeOn),
            Value(pledge.nextPeriod), Value(pledge.pausedUntil), Value(pledge.dueBeforePause),
            Value(pledge.lastChargedOn), Value(pledge.chargesSucceeded),
            .integer(pledge.totalGiven.minorUnits), Value(pledge.cancellation?.reason),
            Value(pledge.cancellation?.by), Value(pledge.predecessorID), Value(try seal(pledge)),
            .integer(pledge.version), Value(pledge.endedAt), Value(pledge.createdAt),
            Value(pledge.collectEvery), Value(pledge.needsNotice), Value(pledge.receipts))
    }

    /// Stores the new version over the one before it; StaleVersion when that is not the stored one,
    /// or a charge has begun meanwhile. What charges count (`advance`, `countPayment`,
    /// `countReturn`) has no version, and is left as it is.
    package func update(_ pledge: Pledge, at now: Instant) throws {
        let rows = try connection.run(
            """
            UPDATE pledges SET payment_method_id = $1, amount_minor = $2, interval = $3,
                state = $4, anchor_day = $5, anchor_month = $6, next_charge_on = $7,
                paused_until = $8, due_before_pause = $9, cancel_reason = $10,
                cancelled_by = $11, sealed = $12, version = $13, ended_at = $14,
                updated_at = $15, collect_every = $16, needs_notice = $17, receipts = $18
            WHERE id = $19 AND version = $13 - 1 AND next_period = $20 RETURNING id
            """,
            Value(pledge.paymentMethodID), .integer(pledge.amount.minorUnits),
            Value(pledge.interval), Value(pledge.state), Value(pledge.anchor.day),
            Value(pledge.anchor.month), Value(pledge.nextChargeOn), Value(pledge.pausedUntil),
            Value(pledge.dueBeforePause), Value(pledge.cancellation?.reason),
            Value(pledge.cancellation?.by), Value(try seal(pledge)), .integer(pledge.version),
            Value(pledge.endedAt), Value(now), Value(pledge.collectEvery),
            Value(pledge.needsNotice), Value(pledge.receipts), Value(pledge.id),
            Value(pledge.nextPeriod))
        if rows.isEmpty { throw StaleVersion(id: pledge.id.text) }
    }

    package func pledge(_ id: ID<Pledge>) throws -> Pledge? {
        try connection.run(Transaction.pledgeByID, Value(id)).first.map(decodePledge)
    }

    /// Put together once: it is what is asked most.
    private static let pledgeByID = Statement(
        "SELECT \(pledgeColumnList) FROM pledges WHERE id = $1")

    package func pledges(of supporter: ID<Supporter>) throws -> [Pledge] {
        try connection.run(
            Statement(
                "SELECT \(pledgeColumns) FROM pledges WHERE supporter_id = $1 ORDER BY id"),
            Value(supporter)
        ).map(decodePledge)
    }

    /// Pledges in the order of their ids, after `last`; of one state, or of all.
    package func pledges(
        state: PledgeState?, after last: String, limit: Int
    ) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(pledgeColumns) FROM pledges
                WHERE id > $1 AND state = coalesce($2, state) ORDER BY id LIMIT $3
                """),
            .text(last), Value(state), Value(limit)
        ).map(decodePledge)
    }

    /// Live pledges that are collected by this method; found by its supporter, whose they all are.
    package func livePledges(payingBy method: PaymentMethod) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(pledgeColumns) FROM pledges
                WHERE supporter_id = $1 AND payment_method_id = $2
                    AND state IN ('pending', 'active', 'pastDue', 'paused') ORDER BY id
                """), Value(method.supporterID), Value(method.id)
        ).map(decodePledge)
    }

    /// Paused pledges whose next charge, with which the pause ends, is due by `date`. Money that
    /// the reader sends stays paused until it can be matched.
    package func pledges(pausedThrough date: CivilDate, limit: Int) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(pledgeColumns) FROM pledges WHERE state = 'paused' AND next_charge_on <= $1
                    AND NOT EXISTS (SELECT 1 FROM payment_methods
                        WHERE payment_methods.id = payment_method_id
                            AND kind IN ('bankTransfer', 'crypto'))
                ORDER BY next_charge_on, id LIMIT $2
                """), Value(date), Value(limit)
        ).map(decodePledge)
    }

    /// Pending pledges without a method, registered before `moment`.
    package func pledges(pendingSince moment: Instant, limit: Int) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(pledgeColumns) FROM pledges
                WHERE state = 'pending' AND payment_method_id IS NULL AND created_at <= $1
                ORDER BY created_at, id LIMIT $2
                """), Value(moment), Value(limit)
        ).map(decodePledge)
    }

    /// Whether this supporter registered a pledge of like amount and interval since `moment`.
    package func hasLikePledge(_ pledge: Pledge, since moment: Instant) throws -> Bool {
        try !connection.run(
            """
            SELECT 1 FROM pledges WHERE supporter_id = $1 AND amount_minor = $2 AND currency = $3
                AND interval = $4 AND created_at > $5
                AND state IN ('pending', 'active', 'pastDue', 'paused', 'completed') LIMIT 1
            """,
            Value(pledge.supporterID), .integer(pledge.amount.minorUnits),
            .text(pledge.amount.currency.code), Value(pledge.interval), Value(moment)
        ).isEmpty
    }

    /// Forgets the free texts of all of a supporter's pledges.
    package func dropPledgeTexts(of supporter: ID<Supporter>) throws {
        _ = try connection.run(
            "UPDATE pledges SET sealed = NULL WHERE supporter_id = $1", Value(supporter))
    }

    // MARK: Sealing

    /// What `decodePledge` reads, in its order.
    var pledgeColumns: String { Transaction.pledgeColumnList }

    private static let pledgeColumnList = pledgeColumnNames.joined(separator: ", ")

    static let pledgeColumnNames = [
        "id", "supporter_id", "payment_method_id", "amount_minor", "currency", "interval", "state",
        "anchor_day", "anchor_month", "started_on", "next_charge_on", "next_period",
        "paused_until", "last_charged_on", "charges_succeeded", "total_given_minor",
        "cancel_reason", "cancelled_by", "predecessor_id", "sealed", "version", "ended_at",
        "created_at", "due_before_pause", "collect_every", "needs_notice", "receipts",
    ]

    private func seal(_ pledge: Pledge) throws -> [UInt8]? {
        let fields = [pledge.source, pledge.cancellation?.note]
        if fields == [nil, nil] { return nil }
        return try keys.seal(SealedFields(fields), .pledge, row: pledge.id.text)
    }

    func decodePledge(_ row: Row) throws -> Pledge {
        guard let currency = try? Currency(try row.text(4)),
            let anchor = Anchor(day: try row.count(7), month: try row.count(8))
        else { throw RowError(column: 4) }
        var words: [String?] = [nil, nil]
        if let sealed = try row.blobOrNil(19) {
            words = try keys.open(sealed, .pledge, row: try row.text(0), fields: 2)
        }
        var cancellation: Cancellation?
        if let reason: Cancellation.Reason = try row.choiceOrNil(16) {
            cancellation = Cancellation(reason: reason, by: try row.choice(17), note: words[1])
        }
        return Pledge(
            id: try row.id(0), supporterID: try row.id(1), paymentMethodID: try row.idOrNil(2),
            amount: Money(minorUnits: try row.integer(3), currency: currency),
            interval: try row.choice(5), collectEvery: try row.count(24),
            needsNotice: try row.integer(25) != 0, receipts: try row.choice(26),
            state: try row.choice(6), anchor: anchor, startedOn: try row.date(9),
            nextChargeOn: try row.dateOrNil(10),
            nextPeriod: try row.count(11), pausedUntil: try row.dateOrNil(12),
            dueBeforePause: try row.dateOrNil(23), lastChargedOn: try row.dateOrNil(13),
            chargesSucceeded: try row.count(14),
            totalGiven: Money(minorUnits: try row.integer(15), currency: currency),
            cancellation: cancellation, predecessorID: try row.idOrNil(18), source: words[0],
            version: try row.integer(20), endedAt: try row.instantOrNil(21),
            createdAt: try row.instant(22))
    }
}
