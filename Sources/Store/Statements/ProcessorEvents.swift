package import Pledging

/// A message of a processor that waits to be applied.
package struct WaitingProcessorEvent: Sendable {
    package let id: ID<ProcessorEvent>
    package let processor: String
    package let remoteID: String
    /// The bytes as received.
    package let body: [UInt8]
    package let receivedAt: Instant

    static let columns = EntityColumns<WaitingProcessorEvent>(
        "processor_events",
        [
            .key("id") { Value($0.id) },
            .sealedOnce { event, keys in
                let body = String(decoding: event.body, as: UTF8.self)
                return .blob(
                    try keys.seal(SealedFields([body]), .processorEvent, row: event.id.text))
            },
            .fixed("processor") { .text($0.processor) },
            .fixed("remote_id") { .text($0.remoteID) },
            .fixed("received_at") { Value($0.receivedAt) },
            .fixed("state", isSelected: false) { _ in "waiting" },
        ])
}

extension Transaction {
    /// Stores a verified message, sealed, once for each remote id. Returns false when it was known.
    package func insertProcessorEvent(
        _ id: ID<ProcessorEvent>, from processor: String, remoteID: String, body: [UInt8],
        at now: Instant
    ) throws -> Bool {
        let event = WaitingProcessorEvent(
            id: id, processor: processor, remoteID: remoteID, body: body, receivedAt: now)
        return try !connection.run(
            Transaction.insertNewProcessorEvent,
            [WaitingProcessorEvent.columns.inserted(event, keys)]
        ).isEmpty
    }

    private static let insertNewProcessorEvent = Statement(
        WaitingProcessorEvent.columns.insert.sql
            + " ON CONFLICT (processor, remote_id) DO NOTHING RETURNING id")

    /// Returns how many messages wait to be applied.
    package func waitingProcessorEvents() throws -> Int {
        try connection.run(
            "SELECT count(*) FROM processor_events WHERE state = 'waiting'"
        )[0].read { try $0.count() }
    }

    /// Returns waiting messages in the order in which they came, after `last`.
    package func waitingProcessorEvents(
        after last: String, limit: Int
    ) throws -> [WaitingProcessorEvent] {
        try connection.run(
            Statement(
                """
                SELECT \(WaitingProcessorEvent.columns.selected) FROM processor_events
                WHERE state = 'waiting' AND id > $1 ORDER BY id LIMIT $2
                """), .text(last), Value(limit)
        ).read(decodeProcessorEvent)
    }

    /// Opens the stored bodies after `last`, in the order of their ids; returns the ids. Throws
    /// SealError when one does not open.
    package func openProcessorEvents(after last: String, limit: Int) throws -> [String] {
        try connection.run(
            """
            SELECT id, sealed FROM processor_events WHERE id > $1 AND sealed IS NOT NULL
            ORDER BY id LIMIT $2
            """, .text(last), Value(limit)
        ).read { row in
            let id = try row.text()
            _ = try keys.open(try row.blob(), .processorEvent, row: id, fields: 1)
            return id
        }
    }

    /// Marks a message as applied or, with a failure, as failed. Returns false when another process
    /// was faster.
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

    /// Returns how many messages failed and still have their bodies.
    package func unreadableProcessorEvents() throws -> Int {
        try connection.run(
            "SELECT count(*) FROM processor_events WHERE state = 'failed' AND sealed IS NOT NULL"
        )[0].read { try $0.count() }
    }

    /// Returns a page of messages that were finished by `moment` and whose bodies are still stored.
    package func processorEvents(
        finishedBy moment: Instant, after last: String, limit: Int
    ) throws -> RetentionPage<String> {
        let rows = try connection.run(
            """
            SELECT id, CASE WHEN applied_at <= $1 THEN 1 ELSE 0 END FROM processor_events
            WHERE sealed IS NOT NULL AND id > $2 ORDER BY id LIMIT $3
            """, Value(moment), .text(last), Value(limit))
        return try page(rows, limit) { try $0.text() }
    }

    /// Deletes the bodies of these messages if they were finished by `moment`; returns how many.
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

    /// Returns the processors that this book has used.
    package func knownProcessors() throws -> [KnownProcessor] {
        try connection.run(
            Statement("SELECT \(KnownProcessor.columns.selected) FROM processors ORDER BY name")
        ).read { row in
            // In the order of `KnownProcessor.columns`.
            try KnownProcessor(
                name: row.text(), mode: row.text(), messageCursor: row.textOrNil(),
                reconcileSince: row.instantOrNil(), messagesReadAt: row.instantOrNil(),
                brake: Brake(calls: Int(row.integer()), declines: row.integer()),
                brakeClosedAt: row.instantOrNil(), createdAt: row.instant())
        }
    }

    package func insertProcessor(_ name: String, mode: String, at now: Instant) throws {
        let processor = KnownProcessor(
            name: name, mode: mode, messageCursor: nil, reconcileSince: nil, messagesReadAt: nil,
            brake: Brake(), brakeClosedAt: nil, createdAt: now)
        _ = try connection.run(
            Transaction.insertNewProcessor, [KnownProcessor.columns.inserted(processor, keys)])
    }

    private static let insertNewProcessor = Statement(
        KnownProcessor.columns.insert.sql + " ON CONFLICT (name) DO NOTHING")

    package func setMessageCursor(_ cursor: String, of processor: String) throws {
        _ = try connection.run(
            "UPDATE processors SET message_cursor = $1 WHERE name = $2", .text(cursor),
            .text(processor))
    }

    /// Records that the processor's messages were read to the end.
    package func setMessagesRead(of processor: String, at now: Instant) throws {
        _ = try connection.run(
            "UPDATE processors SET messages_read_at = $1 WHERE name = $2", Value(now),
            .text(processor))
    }

    /// Records the last calls through a processor, and when its brake closed; nil opens it.
    package func setBrake(
        _ brake: Brake, closedAt: Instant?, of processor: String
    ) throws {
        _ = try connection.run(
            """
            UPDATE processors SET brake_calls = $1, brake_declines = $2, brake_closed_at = $3
            WHERE name = $4
            """, .integer(Int64(brake.calls)), .integer(brake.declines), Value(closedAt),
            .text(processor))
    }

    /// Returns the names of the processors of all usable methods. Reads the whole table.
    package func processorsOfMethods() throws -> [String] {
        try connection.run(
            """
            SELECT DISTINCT processor FROM payment_methods
            WHERE state = 'active' OR state = 'expiring' ORDER BY processor
            """
        ).read { try $0.text() }
    }

    /// Whether any payment method of the book is of this processor.
    package func hasMethod(of processor: String) throws -> Bool {
        try !connection.run(
            "SELECT 1 FROM payment_methods WHERE processor = $1 LIMIT 1", .text(processor)
        ).isEmpty
    }

    /// Sets since when the processor's payments must be read before anything is charged through any
    /// processor; nil once they are read. `processor` nil means all.
    package func setReconcileSince(_ since: Instant?, of processor: String?) throws {
        _ = try connection.run(
            "UPDATE processors SET reconcile_since = $1 WHERE name = coalesce($2, name)",
            Value(since), Value(processor))
    }

    /// Lets messages be fetched from the beginning. `processor` nil means those of all.
    package func clearMessageCursor(of processor: String?) throws {
        _ = try connection.run(
            "UPDATE processors SET message_cursor = NULL WHERE name = coalesce($1, name)",
            Value(processor))
    }

    // MARK: Columns

    /// In the order of `WaitingProcessorEvent.columns`.
    private func decodeProcessorEvent(
        _ row: inout RowReader
    ) throws -> WaitingProcessorEvent {
        let (id, text): (ID<ProcessorEvent>, String) = try row.idAndText()
        let body = try keys.open(try row.blob(), .processorEvent, row: text, fields: 1)[0]
        return try WaitingProcessorEvent(
            id: id, processor: row.text(), remoteID: row.text(), body: Array((body ?? "").utf8),
            receivedAt: row.instant())
    }
}

/// A processor that this book has used.
package struct KnownProcessor: Hashable, Sendable {
    package let name: String
    /// `test` or `live`.
    package let mode: String
    /// The processor's cursor for the place in its list up to which messages were fetched.
    package let messageCursor: String?
    /// From when on its payments must be read before anything is charged through it; nil once they
    /// were.
    package let reconcileSince: Instant?
    /// When its messages were last read to the end.
    package let messagesReadAt: Instant?
    package let brake: Brake
    /// When the brake closed, so that nothing is charged there; nil while it is open.
    package let brakeClosedAt: Instant?
    package let createdAt: Instant

    static let columns = EntityColumns<KnownProcessor>(
        "processors",
        [
            .key("name") { .text($0.name) },
            .fixed("mode") { .text($0.mode) },
            .fixed("message_cursor") { Value($0.messageCursor) },
            .fixed("reconcile_since") { Value($0.reconcileSince) },
            .fixed("messages_read_at") { Value($0.messagesReadAt) },
            .fixed("brake_calls") { .integer(Int64($0.brake.calls)) },
            .fixed("brake_declines") { .integer($0.brake.declines) },
            .fixed("brake_closed_at") { Value($0.brakeClosedAt) },
            .fixed("created_at") { Value($0.createdAt) },
        ])
}
