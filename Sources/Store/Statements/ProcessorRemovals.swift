package import Pledging

/// A token, and the customer made for it, that a processor is to forget.
package struct WaitingRemoval: Sendable {
    package let id: ID<ProcessorRemoval>
    package let processor: String
    /// Empty when nothing is to be forgotten.
    package private(set) var token: String
    package private(set) var customer: String?
    /// How often it was tried before.
    package let attempts: Int

    /// What would be forgotten, as names that distinguish a token from a customer.
    package var names: [[String]] { WaitingRemoval.names(processor, token, customer) }

    package static func names(
        _ processor: String, _ token: String, _ customer: String?
    ) -> [[String]] {
        [[processor, "token", token]] + (customer.map { [[processor, "customer", $0]] } ?? [])
    }

    /// Returns the removal without what somebody else still pays by. A processor that forgets a
    /// customer forgets every token of that customer.
    package func leaving(_ shared: Set<[String]>) -> WaitingRemoval {
        var rest = self
        if shared.contains([processor, "token", token]) {
            (rest.token, rest.customer) = ("", nil)
        } else if let customer, shared.contains([processor, "customer", customer]) {
            rest.customer = nil
        }
        return rest
    }
}

extension Transaction {
    /// Queues that the method's processor forgets its token, from `from` on. Does nothing when
    /// there is no token, or the reader pays by transfer.
    package func insertRemoval(
        _ id: ID<ProcessorRemoval>, of method: PaymentMethod, from: Instant, at now: Instant
    ) throws {
        guard let secret = method.secret, !method.kind.isPush else { return }
        let removal = WaitingRemoval(
            id: id, processor: method.processor, token: secret.token, customer: secret.customer,
            attempts: 0)
        try insertRow(
            RemovalRow(removal: removal, nextAttemptAt: from, createdAt: now), RemovalRow.columns)
    }

    /// Opens a page of removals; returns their ids. Throws SealError when one does not open.
    package func openRemovals(after last: String, limit: Int) throws -> [String] {
        try connection.run(
            "SELECT id, sealed FROM processor_removals WHERE id > $1 ORDER BY id LIMIT $2",
            .text(last), Value(limit)
        ).read { row in
            let id = try row.text()
            _ = try keys.open(try row.blob(), .processorRemoval, row: id, fields: 2)
            return id
        }
    }

    /// Leases up to `limit` due removals until `leasedUntil`, so that no other process works on
    /// them.
    package func claimRemovals(
        at now: Instant, leasedUntil: Instant, limit: Int
    ) throws -> [WaitingRemoval] {
        try connection.run(
            Transaction.claimDueRemovals, Value(leasedUntil), Value(now), Value(limit)
        ).read(decodeRemoval)
    }

    private static let claimDueRemovals = Statement(
        """
        UPDATE processor_removals SET next_attempt_at = $1
        WHERE id IN (SELECT id FROM processor_removals WHERE next_attempt_at <= $2
                ORDER BY next_attempt_at, id LIMIT $3)
            AND next_attempt_at <= $2
        RETURNING \(RemovalRow.columns.selected)
        """)

    package func deleteRemoval(_ id: ID<ProcessorRemoval>) throws {
        _ = try connection.run("DELETE FROM processor_removals WHERE id = $1", Value(id))
    }

    package func postponeRemoval(_ id: ID<ProcessorRemoval>, until next: Instant) throws {
        _ = try connection.run(
            """
            UPDATE processor_removals SET attempts = attempts + 1, next_attempt_at = $1
            WHERE id = $2
            """, Value(next), Value(id))
    }

    /// Returns how many removals that were queued by `moment` still wait.
    package func removals(waitingSince moment: Instant) throws -> Int {
        try connection.run(
            "SELECT count(*) FROM processor_removals WHERE created_at <= $1", Value(moment)
        )[0].read { try $0.count() }
    }

    // MARK: Columns

    /// In the order of `RemovalRow.columns`.
    private func decodeRemoval(_ row: inout RowReader) throws -> WaitingRemoval {
        let (id, text): (ID<ProcessorRemoval>, String) = try row.idAndText()
        let words = try keys.open(try row.blob(), .processorRemoval, row: text, fields: 2)
        return try WaitingRemoval(
            id: id, processor: row.text(), token: words[0] ?? "", customer: words[1],
            attempts: row.count())
    }
}

/// A removal as it is written.
struct RemovalRow {
    let removal: WaitingRemoval
    let nextAttemptAt: Instant
    let createdAt: Instant

    static let columns = EntityColumns<RemovalRow>(
        "processor_removals",
        [
            .key("id") { Value($0.removal.id) },
            .sealedOnce { row, keys in
                let words = SealedFields([row.removal.token, row.removal.customer])
                return .blob(
                    try keys.seal(words, .processorRemoval, row: row.removal.id.text))
            },
            .fixed("processor") { .text($0.removal.processor) },
            .fixed("attempts") { Value($0.removal.attempts) },
            .fixed("next_attempt_at", isSelected: false) { Value($0.nextAttemptAt) },
            .fixed("created_at", isSelected: false) { Value($0.createdAt) },
        ])
}
