package import Pledging

extension Transaction {
    package func insert(_ pledge: Pledge) throws { try insertRow(pledge, Pledge.columns) }

    /// Writes the new version. Throws StaleVersion when the stored one is not the version before
    /// it, or a charge has begun meanwhile. The counts that charges change (`advance`,
    /// `countPayment`, `countReturn`) have no version and are not written.
    package func update(_ pledge: Pledge, at now: Instant) throws {
        guard try updateRow(pledge, Pledge.columns, at: now) else {
            throw StaleVersion(id: pledge.id.text)
        }
    }

    package func pledge(_ id: ID<Pledge>) throws -> Pledge? {
        try connection.run(Transaction.pledgeByID, Value(id)).first?.read(decodePledge)
    }

    private static let pledgeByID = Statement(
        "SELECT \(Pledge.columns.selected) FROM pledges WHERE id = $1")

    package func pledges(of supporter: ID<Supporter>) throws -> [Pledge] {
        try connection.run(Transaction.pledgesOfSupporter, Value(supporter)).read(decodePledge)
    }

    private static let pledgesOfSupporter = Statement(
        "SELECT \(Pledge.columns.selected) FROM pledges WHERE supporter_id = $1 ORDER BY id")

    /// Returns pledges after `last`, in the order of their ids; `state` nil matches all.
    package func pledges(
        state: PledgeState?, after last: String, limit: Int
    ) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(Pledge.columns.selected) FROM pledges
                WHERE id > $1 AND state = coalesce($2, state) ORDER BY id LIMIT $3
                """),
            .text(last), Value(state), Value(limit)
        ).read(decodePledge)
    }

    /// Returns live pledges that are charged by this method. They are found by its supporter, to
    /// whom they all belong.
    package func livePledges(payingBy method: PaymentMethod) throws -> [Pledge] {
        try connection.run(
            Transaction.livePledgesOfMethod, Value(method.supporterID), Value(method.id)
        ).read(decodePledge)
    }

    private static let livePledgesOfMethod = Statement(
        """
        SELECT \(Pledge.columns.selected) FROM pledges
        WHERE supporter_id = $1 AND payment_method_id = $2
            AND state IN ('pending', 'active', 'pastDue', 'paused') ORDER BY id
        """)

    /// Returns paused pledges whose next charge, with which the pause ends, is due by `date`.
    /// Pledges that the reader pays by transfer stay paused until payments can be matched.
    package func pledges(
        pausedThrough date: CivilDate, after last: Pledge?, limit: Int
    ) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(Pledge.columns.selected) FROM pledges
                WHERE state = 'paused' AND next_charge_on <= $1
                    AND (next_charge_on, id) > ($2, $3)
                    AND NOT EXISTS (SELECT 1 FROM payment_methods
                        WHERE payment_methods.id = payment_method_id
                            AND kind IN ('bankTransfer', 'crypto'))
                ORDER BY next_charge_on, id LIMIT $4
                """),
            Value(date), .text(last?.nextChargeOn?.description ?? ""), .text(last?.id.text ?? ""),
            Value(limit)
        ).read(decodePledge)
    }

    /// Returns pending pledges without a method that were registered by `moment`.
    package func pledges(
        pendingSince moment: Instant, after last: Pledge?, limit: Int
    ) throws -> [Pledge] {
        try connection.run(
            Statement(
                """
                SELECT \(Pledge.columns.selected) FROM pledges
                WHERE state = 'pending' AND payment_method_id IS NULL AND created_at <= $1
                    AND (created_at, id) > ($2, $3)
                ORDER BY created_at, id LIMIT $4
                """),
            Value(moment), Value(last?.createdAt ?? Instant(milliseconds: .min)),
            .text(last?.id.text ?? ""), Value(limit)
        ).read(decodePledge)
    }

    /// Returns whether the pledge's supporter registered a pledge of the same amount and interval
    /// since `moment`.
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

    /// Deletes the free texts of all of a supporter's pledges.
    package func dropPledgeTexts(of supporter: ID<Supporter>) throws {
        _ = try connection.run(
            "UPDATE pledges SET sealed = NULL WHERE supporter_id = $1", Value(supporter))
    }

    // MARK: Columns

    /// In the order of `Pledge.columns`.
    func decodePledge(_ row: inout RowReader) throws -> Pledge {
        let (id, text): (ID<Pledge>, String) = try row.idAndText()
        var words: [String?] = [nil, nil]
        if let sealed = try row.blobOrNil() {
            words = try keys.open(sealed, .pledge, row: text, fields: 2)
        }
        let amount = try row.money()
        return try Pledge(
            id: id, supporterID: row.id(), paymentMethodID: row.idOrNil(), amount: amount,
            interval: row.choice(), collectEvery: row.count(), needsNotice: row.flag(),
            receipts: row.choice(), state: row.choice(), anchor: row.anchor(),
            startedOn: row.date(), nextChargeOn: row.dateOrNil(), nextPeriod: row.count(),
            pausedUntil: row.dateOrNil(), dueBeforePause: row.dateOrNil(),
            lastChargedOn: row.dateOrNil(), chargesSucceeded: row.count(),
            totalGiven: Money(minorUnits: row.integer(), currency: amount.currency),
            cancellation: row.groupOrNil(of: 2) {
                try Cancellation(reason: $0.choice(), by: $0.choice(), note: words[1])
            },
            predecessorID: row.idOrNil(), source: words[0], version: row.integer(),
            endedAt: row.instantOrNil(), createdAt: row.instant())
    }
}

extension Pledge {
    /// UPDATE does not write the counts that charges change: they are `fixed`, or `compared`.
    static let columns = EntityColumns<Pledge>(
        "pledges",
        [
            .key("id") { Value($0.id) },
            .sealed { try Value($0.sealedWords(by: $1)) },
            .changing("amount_minor") { .integer($0.amount.minorUnits) },
            .fixed("currency") { .text($0.amount.currency.code) },
            .fixed("supporter_id") { Value($0.supporterID) },
            .changing("payment_method_id") { Value($0.paymentMethodID) },
            .changing("interval") { Value($0.interval) },
            .changing("collect_every") { Value($0.collectEvery) },
            .changing("needs_notice") { Value($0.needsNotice) },
            .changing("receipts") { Value($0.receipts) },
            .changing("state") { Value($0.state) },
            .changing("anchor_day") { Value($0.anchor.day) },
            .changing("anchor_month") { Value($0.anchor.month) },
            .fixed("started_on") { Value($0.startedOn) },
            .changing("next_charge_on") { Value($0.nextChargeOn) },
            .compared("next_period") { Value($0.nextPeriod) },
            .changing("paused_until") { Value($0.pausedUntil) },
            .changing("due_before_pause") { Value($0.dueBeforePause) },
            .fixed("last_charged_on") { Value($0.lastChargedOn) },
            .fixed("charges_succeeded") { Value($0.chargesSucceeded) },
            .fixed("total_given_minor") { .integer($0.totalGiven.minorUnits) },
            .changing("cancel_reason") { Value($0.cancellation?.reason) },
            .changing("cancelled_by") { Value($0.cancellation?.by) },
            .fixed("predecessor_id") { Value($0.predecessorID) },
            .version { $0.version },
            .changing("ended_at") { Value($0.endedAt) },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])

    private func sealedWords(by keys: KeyRing) throws -> [UInt8]? {
        let fields = [source, cancellation?.note]
        if fields == [nil, nil] { return nil }
        return try keys.seal(SealedFields(fields), .pledge, row: id.text)
    }
}
