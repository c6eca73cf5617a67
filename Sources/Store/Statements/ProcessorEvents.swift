package import Pledging

/// A message of a processor that waits to be applied.
package struct WaitingProcessorEvent: Sendable {
    package let id: ID<ProcessorEvent>
    package let processor: String
    package let remoteID: String
    /// As it came.
    package let body: [UInt8]
    package let receivedAt: Instant
}

extension Transaction {
    /// Keeps a verified message, sealed, once for each remote id. False when it was known.
    package func insertProcessorEvent(
        _ id: ID<ProcessorEvent>, from processor: String, remoteID: String, body: [UInt8],
        at now: Instant
    ) throws -> Bool {
        let sealed = try keys.seal(
            SealedFields([String(decoding: body, as: UTF8.self)]), .processorEvent, row: id.text)
        return try !connection.run(
            """
            INSERT INTO processor_events (id, processor, remote_id, sealed, state, received_at)
            VALUES ($1, $2, $3, $4, 'waiting', $5)
            ON CONFLICT (processor, remote_id) DO NOTHING RETURNING id
            """, Value(id), .text(processor), .text(remoteID), .blob(sealed), Value(now)
        ).isEmpty
    }

    /// How many messages are to be applied.
    package func waitingProcessorEvents() throws -> Int {
        try connection.run(
            "SELECT count(*) FROM processor_events WHERE state = 'waiting'")[0].count(0)
    }

    /// In the order in which they came, after `last`.
    package func waitingProcessorEvents(
        after last: String, limit: Int
    ) throws -> [WaitingProcessorEvent] {
        try connection.run(
            """
            SELECT id, processor, remote_id, sealed, received_at FROM processor_events
            WHERE state = 'waiting' AND id > $1 ORDER BY id LIMIT $2
            """, .text(last), Value(limit)
        ).map { row in
            let id = try row.text(0)
            let body = try keys.open(try row.blob(3), .processorEvent, row: id, fields: 1)[0]
            return WaitingProcessorEvent(
                id: try row.id(0), processor: try row.text(1), remoteID: try row.text(2),
                body: Array((body ?? "").utf8), receivedAt: try row.instant(4))
        }
    }

    /// Opens the bodies that are kept, in the order of their ids; returns the ids.
    package func openProcessorEvents(after last: String, limit: Int) throws -> [String] {
        try connection.run(
            """
            SELECT id, sealed FROM processor_events WHERE id > $1 AND sealed IS NOT NULL
            ORDER BY id LIMIT $2
            """, .text(last), Value(limit)
        ).map { row in
            let id = try row.text(0)
            _ = try keys.open(try row.blob(1), .processorEvent, row: id, fields: 1)
            return id
        }
    }

    /// Applied, or, with a reason, given up. False when another process was faster.
    package func finishProcessorEvent(
        _ id: ID<ProcessorEvent>, failure: String?, at now: Instant
    ) throws -> Bool {
        try !connection.run(
            """
            UPDATE processor_events SET state = $1, reason = $2, applied_at = $3
            WHERE id = $4 AND state = 'waiting' RETURNING id
            """,
            .text(failure == nil ? "applied" : "failed"), Value(failure), Value(now), Value(id)
        ).isEmpty
    }

    package func unreadableProcessorEvents() throws -> Int {
        try connection.run(
            "SELECT count(*) FROM processor_events WHERE state = 'failed' AND sealed IS NOT NULL"
        )[0].count(0)
    }

    /// Messages that were finished by then and whose bodies are still kept.
    package func processorEvents(
        finishedBy moment: Instant, after last: String, limit: Int
    ) throws -> RetentionPage<String> {
        let rows = try connection.run(
            """
            SELECT id, CASE WHEN applied_at <= $1 THEN 1 ELSE 0 END FROM processor_events
            WHERE sealed IS NOT NULL AND id > $2 ORDER BY id LIMIT $3
            """, Value(moment), .text(last), Value(limit))
        return try page(rows, limit) { try $0.text(0) }
    }

    /// Forgets the bodies of those of these messages that were finished by then; returns how many.
    package func dropProcessorEventBodies(
        _ ids: [String], finishedBy moment: Instant
    ) throws -> Int {
        try connection.run(
            """
            UPDATE processor_events SET sealed = NULL
            WHERE id = $1 AND applied_at <= $2 AND sealed IS NOT NULL RETURNING id
            """, ids.map { [.text($0), Value(moment)] }
        ).count
    }

    // MARK: Processors

    /// The processors that this book has had to do with.
    package func knownProcessors() throws -> [KnownProcessor] {
        try connection.run(
            """
            SELECT name, mode, message_cursor, reconcile_since, created_at FROM processors
            ORDER BY name
            """
        ).map { row in
            KnownProcessor(
                name: try row.text(0), mode: try row.text(1), messageCursor: try row.textOrNil(2),
                reconcileSince: try row.instantOrNil(3), createdAt: try row.instant(4))
        }
    }

    package func insertProcessor(_ name: String, mode: String, at now: Instant) throws {
        _ = try connection.run(
            """
            INSERT INTO processors (name, mode, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO NOTHING
            """, .text(name), .text(mode), Value(now))
    }

    package func setMessageCursor(_ cursor: String, of processor: String) throws {
        _ = try connection.run(
            "UPDATE processors SET message_cursor = $1 WHERE name = $2", .text(cursor),
            .text(processor))
    }

    /// Nothing is charged through any processor before its payments since then are known here; nil
    /// once they are.
    package func setReconcileSince(_ since: Instant?, of processor: String?) throws {
        _ = try connection.run(
            """
            UPDATE processors SET reconcile_since = $1, message_cursor = NULL
            WHERE name = coalesce($2, name)
            """, Value(since), Value(processor))
    }
}

package struct KnownProcessor: Hashable, Sendable {
    package let name: String
    /// `test` or `live`.
    package let mode: String
    /// The processor's word for the place in its list up to which messages were fetched.
    package let messageCursor: String?
    package let reconcileSince: Instant?
    package let createdAt: Instant
}
