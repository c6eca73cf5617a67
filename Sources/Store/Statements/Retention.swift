package import Pledging

/// One page of a table, in the order of its keys.
package struct RetentionPage<Key: Sendable>: Sendable {
    /// The rows on the page that need not be kept any longer.
    package let due: [Key]
    /// The key after which the next page begins; nil when this is the last one.
    package let last: Key?
}

/// A link's place in the order in which links expire.
package struct LinkPosition: Hashable, Sendable {
    let expiresAt: Instant
    let tokenHash: [UInt8]

    /// A position before every link.
    package static let start = LinkPosition(
        expiresAt: Instant(milliseconds: 0), tokenHash: [])
}

// Pages are read without an index of their own, because every writer would pay for it: `limit`
// bounds the rows that are looked at, not those that are found. The functions that delete check the
// condition again.
extension Transaction {
    // MARK: People

    /// Returns the facts that decide about the supporters after `last`, in the order of their ids.
    package func retentionFacts(after last: String, limit: Int) throws -> [RetentionFacts] {
        try connection.run(
            Statement(
                """
                SELECT \(retentionColumns) FROM supporters
                WHERE supporters.id > $1 ORDER BY supporters.id LIMIT $2
                """), .text(last), Value(limit)
        ).read(decodeRetentionFacts)
    }

    /// Returns the facts that decide about these supporters now, in their order; unknown ids are
    /// left out.
    package func retentionFacts(of ids: [ID<Supporter>]) throws -> [RetentionFacts] {
        try connection.run(
            Statement("SELECT \(retentionColumns) FROM supporters WHERE supporters.id = $1"),
            ids.map { [Value($0)] }
        ).read(decodeRetentionFacts)
    }

    /// One subquery for a person's pledges and one for their reminders. What is still open has the
    /// largest time.
    private var retentionColumns: String {
        """
        supporters.id, supporters.erased_at,
        (SELECT max(coalesce(pledges.ended_at, \(Transaction.stillOpen))) FROM pledges
            WHERE pledges.supporter_id = supporters.id),
        (SELECT max(CASE WHEN reminders.state IN ('scheduled', 'queued')
                THEN \(Transaction.stillOpen) ELSE reminders.updated_at END) FROM reminders
            WHERE reminders.supporter_id = supporters.id)
        """
    }

    private static let stillOpen = Int64.max

    private func decodeRetentionFacts(_ row: inout RowReader) throws -> RetentionFacts {
        try RetentionFacts(
            supporterID: row.id(), isForgotten: row.instantOrNil() != nil,
            pledges: ending(&row), reminders: ending(&row))
    }

    private func ending(_ row: inout RowReader) throws -> Ending {
        guard let moment = try row.integerOrNil() else { return .never }
        return moment == Transaction.stillOpen
            ? .open : .over(since: Instant(milliseconds: moment))
    }

    // MARK: Mail

    /// Returns a page of mails that were sent by `moment`, or failed and were made by then. The row
    /// of a yearly receipt prevents a second one, so it stays unless it was made by `yearly`.
    package func mails(
        overBy moment: Instant, yearly: Instant, after last: String, limit: Int
    ) throws -> RetentionPage<String> {
        let rows = try connection.run(
            Statement(
                """
                SELECT id, CASE WHEN state IN ('sent', 'failed')
                    AND coalesce(sent_at, created_at) <= $1
                    AND (kind <> 'yearlyReceipt' OR created_at <= $2)
                    AND \(Transaction.isNoOpenQuestion) THEN 1 ELSE 0 END
                FROM mail_messages WHERE id > $3 ORDER BY id LIMIT $4
                """), Value(moment), Value(yearly), .text(last), Value(limit))
        return try page(rows, limit) { try $0.text() }
    }

    /// The row of the question "both or one?" shows that it was asked, for as long as its pledge
    /// lives: after a pause its charge may fail again. That of a mail about a failed charge shows
    /// that it was sent, for as long as its pledge is past due.
    private static let isNoOpenQuestion = """
        (kind <> 'bothOrOne' OR NOT EXISTS (SELECT 1 FROM pledges
            WHERE pledges.id = subject_id
                AND pledges.state IN ('active', 'pastDue', 'paused')))
        AND ((kind <> 'chargeFailed' AND kind <> 'actionNeeded')
            OR NOT EXISTS (SELECT 1 FROM charges JOIN pledges ON pledges.id = charges.pledge_id
                WHERE charges.id = subject_id AND pledges.state = 'pastDue'))
        """

    /// Deletes these mails if the condition of `mails` holds; returns how many.
    package func deleteMails(
        _ ids: [String], overBy moment: Instant, yearly: Instant
    ) throws -> Int {
        try connection.run(
            Statement(
                """
                DELETE FROM mail_messages WHERE id = $1 AND state IN ('sent', 'failed')
                    AND coalesce(sent_at, created_at) <= $2
                    AND (kind <> 'yearlyReceipt' OR created_at <= $3)
                    AND \(Transaction.isNoOpenQuestion) RETURNING id
                """), ids.map { [.text($0), Value(moment), Value(yearly)] }
        ).count
    }

    /// Returns a page of links that had expired at `moment`, by the index on expiry.
    package func links(
        expiredAt moment: Instant, after last: LinkPosition, limit: Int
    ) throws -> RetentionPage<LinkPosition> {
        let links = try connection.run(
            """
            SELECT expires_at, token_hash FROM mail_links
            WHERE expires_at <= $1 AND (expires_at, token_hash) > ($2, $3)
            ORDER BY expires_at, token_hash LIMIT $4
            """, Value(moment), Value(last.expiresAt), .blob(last.tokenHash), Value(limit)
        ).read { try LinkPosition(expiresAt: $0.instant(), tokenHash: $0.blob()) }
        return RetentionPage(due: links, last: links.count == limit ? links.last : nil)
    }

    /// Deletes these links if they had expired at `moment`; returns how many.
    package func deleteLinks(_ links: [LinkPosition], expiredAt moment: Instant) throws -> Int {
        try connection.run(
            """
            DELETE FROM mail_links WHERE token_hash = $1 AND expires_at <= $2
            RETURNING token_hash
            """, links.map { [.blob($0.tokenHash), Value(moment)] }
        ).count
    }

    // MARK: Webhooks

    /// Returns a page of deliveries that were made by `moment` and are delivered or dead.
    package func deliveries(
        overBy moment: Instant, after last: String, limit: Int
    ) throws -> RetentionPage<String> {
        let rows = try connection.run(
            """
            SELECT id, CASE WHEN state IN ('delivered', 'dead') AND created_at <= $1
                THEN 1 ELSE 0 END
            FROM webhook_deliveries WHERE id > $2 ORDER BY id LIMIT $3
            """, Value(moment), .text(last), Value(limit))
        return try page(rows, limit) { try $0.text() }
    }

    /// Deletes these deliveries, with their attempts, if they are over and were made by `moment`;
    /// returns how many deliveries.
    package func deleteDeliveries(_ ids: [String], overBy moment: Instant) throws -> Int {
        let rows: [[Value]] = ids.map { [.text($0), Value(moment)] }
        _ = try connection.run(
            """
            DELETE FROM webhook_attempts WHERE delivery_id = $1
                AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_deliveries.id = $1
                    AND webhook_deliveries.state IN ('delivered', 'dead')
                    AND webhook_deliveries.created_at <= $2)
            """, rows)
        return try connection.run(
            """
            DELETE FROM webhook_deliveries WHERE id = $1 AND state IN ('delivered', 'dead')
                AND created_at <= $2 RETURNING id
            """, rows
        ).count
    }

    // MARK: Idempotent requests

    /// Returns a page of answers given by `moment`, as the keyed hashes of their keys.
    package func answers(
        givenBy moment: Instant, after last: [UInt8], limit: Int
    ) throws -> RetentionPage<[UInt8]> {
        let rows = try connection.run(
            """
            SELECT key_hash, CASE WHEN created_at <= $1 THEN 1 ELSE 0 END
            FROM idempotent_requests WHERE key_hash > $2 ORDER BY key_hash LIMIT $3
            """, Value(moment), .blob(last), Value(limit))
        return try page(rows, limit) { try $0.blob() }
    }

    /// Deletes these answers if they were given by `moment`; returns how many.
    package func deleteAnswers(_ keyHashes: [[UInt8]], givenBy moment: Instant) throws -> Int {
        try connection.run(
            """
            DELETE FROM idempotent_requests WHERE key_hash = $1 AND created_at <= $2
            RETURNING key_hash
            """, keyHashes.map { [.blob($0), Value(moment)] }
        ).count
    }

    /// Makes a page of rows that hold a key and whether it is due.
    func page<Key: Sendable>(
        _ rows: [Row], _ limit: Int, key: (inout RowReader) throws -> Key
    ) throws -> RetentionPage<Key> {
        let read = try rows.read { try (key: key(&$0), isDue: $0.flag()) }
        return RetentionPage(
            due: read.filter(\.isDue).map(\.key),
            last: read.count == limit ? read.last?.key : nil)
    }
}
