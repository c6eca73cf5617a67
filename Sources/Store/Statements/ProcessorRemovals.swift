package import Pledging

/// A token, and the customer made for it, that a processor is to forget.
package struct WaitingRemoval: Sendable {
    package let id: ID<ProcessorRemoval>
    package let processor: String
    /// Empty where nothing is to be forgotten.
    package private(set) var token: String
    package private(set) var customer: String?
    /// How often it was tried before.
    package let attempts: Int

    /// What would be forgotten, by names that tell a token from a customer.
    package var names: [[String]] { WaitingRemoval.names(processor, token, customer) }

    package static func names(
        _ processor: String, _ token: String, _ customer: String?
    ) -> [[String]] {
        [[processor, "token", token]] + (customer.map { [[processor, "customer", $0]] } ?? [])
    }

    /// The same without what somebody else still pays by. With its customer a processor forgets
    /// every token of it.
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
    /// Has the processor of a method forget its token, from then on; nothing where there is none.
    package func insertRemoval(
        _ id: ID<ProcessorRemoval>, of method: PaymentMethod, from: Instant, at now: Instant
    ) throws {
        guard let secret = method.secret, !method.kind.isPush else { return }
        let sealed = try keys.seal(
            SealedFields([secret.token, secret.customer]), .processorRemoval, row: id.text)
        _ = try connection.run(
            """
            INSERT INTO processor_removals (id, processor, sealed, attempts, next_attempt_at,
                created_at)
            VALUES ($1, $2, $3, 0, $4, $5)
            """, Value(id), .text(method.processor), .blob(sealed), Value(from), Value(now))
    }

    /// Opens a page of them; returns their ids. Throws SealError where one does not open.
    package func openRemovals(after last: String, limit: Int) throws -> [String] {
        try connection.run(
            "SELECT id, sealed FROM processor_removals WHERE id > $1 ORDER BY id LIMIT $2",
            .text(last), Value(limit)
        ).map { row in
            let id = try row.text(0)
            _ = try keys.open(try row.blob(1), .processorRemoval, row: id, fields: 2)
            return id
        }
    }

    /// Takes those that are due until then, so that no other process works on them.
    package func claimRemovals(
        at now: Instant, leasedUntil: Instant, limit: Int
    ) throws -> [WaitingRemoval] {
        try connection.run(
            """
            UPDATE processor_removals SET next_attempt_at = $1
            WHERE id IN (SELECT id FROM processor_removals WHERE next_attempt_at <= $2
                    ORDER BY next_attempt_at, id LIMIT $3)
                AND next_attempt_at <= $2
            RETURNING id, processor, sealed, attempts
            """, Value(leasedUntil), Value(now), Value(limit)
        ).map { row in
            let words = try keys.open(
                try row.blob(2), .processorRemoval, row: try row.text(0), fields: 2)
            return WaitingRemoval(
                id: try row.id(0), processor: try row.text(1), token: words[0] ?? "",
                customer: words[1], attempts: try row.count(3))
        }
    }

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

    /// How many wait since before then.
    package func removals(waitingSince moment: Instant) throws -> Int {
        try connection.run(
            "SELECT count(*) FROM processor_removals WHERE created_at <= $1", Value(moment)
        )[0].count(0)
    }
}
