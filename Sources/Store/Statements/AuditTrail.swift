package import Pledging

extension Transaction {
    // MARK: Sealing

    /// Returns events that are not sealed, in the order of their ids.
    package func unsealedEvents(limit: Int) throws -> [AuditedEvent] {
        try connection.run(
            Statement(
                """
                SELECT \(Event.auditedColumns.selected) FROM events
                WHERE audit_position IS NULL ORDER BY id LIMIT $1
                """), Value(limit)
        ).read(decodeAudited)
    }

    /// Inserts entries, and stores each one's position in its event.
    package func insertAuditEntries(_ entries: [AuditEntry]) throws {
        try insertRows(entries, AuditEntry.columns)
        _ = try connection.run(
            "UPDATE events SET audit_position = $1 WHERE id = $2",
            entries.map { [.integer($0.position), Value($0.eventID)] })
    }

    package func insert(_ seal: AuditSeal) throws { try insertRow(seal, AuditSeal.columns) }

    /// Returns the seal of the last batch; nil before anything is sealed.
    package func lastAuditSeal() throws -> AuditSeal? {
        try connection.run(
            Statement(
                """
                SELECT \(AuditSeal.columns.selected) FROM audit_seals
                ORDER BY position DESC LIMIT 1
                """)
        ).first?.read(decodeSeal)
    }

    /// Returns the position of the last entry; 0 when there is none.
    package func lastAuditPosition() throws -> Int64 {
        try connection.run("SELECT coalesce(max(position), 0) FROM audit_entries")[0]
            .read { try $0.integer() }
    }

    // MARK: Looking

    /// Returns entries after position `last`, in order, each with its event as it is now.
    package func auditEntries(after last: Int64, limit: Int) throws -> [StoredAuditEntry] {
        try connection.run(
            Statement(
                """
                SELECT \(AuditEntry.columns.selected), events.audit_position,
                    \(Event.auditedColumns.selected)
                FROM audit_entries LEFT JOIN events ON events.id = audit_entries.event_id
                WHERE position > $1 ORDER BY position LIMIT $2
                """), .integer(last), Value(limit)
        ).read { row in
            let entry = try decodeEntry(&row)
            let position = try row.integerOrNil()
            return try StoredAuditEntry(
                entry: entry,
                event: row.groupOrNil(of: Event.auditedColumns.selectedCount) {
                    try decodeAudited(&$0)
                },
                eventPosition: position)
        }
    }

    /// Returns seals after position `last` and up to `end`, in order.
    package func auditSeals(
        after last: Int64, through end: Int64, limit: Int
    ) throws -> [AuditSeal] {
        try connection.run(
            Statement(
                """
                SELECT \(AuditSeal.columns.selected) FROM audit_seals
                WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
                """), .integer(last), .integer(end), Value(limit)
        ).read(decodeSeal)
    }

    /// Returns the positions that events name as theirs, in the order of the events' ids, after
    /// `last`.
    package func auditPlaces(after last: String, limit: Int) throws -> [AuditPlace] {
        try connection.run(
            """
            SELECT events.id, events.at, audit_position, audit_entries.event_id
            FROM events LEFT JOIN audit_entries ON audit_entries.position = audit_position
            WHERE events.id > $1 ORDER BY events.id LIMIT $2
            """, .text(last), Value(limit)
        ).read { row in
            try AuditPlace(
                eventID: row.text(), at: row.instant(), position: row.integerOrNil(),
                entryEventID: row.textOrNil())
        }
    }

    // MARK: Redaction

    /// Deletes all events about a subject, with their deliveries. Returns how many; some may not
    /// have been sealed. Their entries keep the digests, so the chain still verifies, and get the
    /// redaction's id. That is the id of an event `EventType.bookRedacted`, which the caller
    /// appends with `AuditChain.redactionData` of the `redactionProof`.
    package func redactEvents(
        about subjectID: String, by redactionID: String
    ) throws -> Int {
        _ = try connection.run(
            """
            DELETE FROM webhook_attempts WHERE delivery_id IN (
                SELECT id FROM webhook_deliveries WHERE event_id IN (
                    SELECT id FROM events WHERE subject_id = $1))
            """, .text(subjectID))
        _ = try connection.run(
            """
            DELETE FROM webhook_deliveries WHERE event_id IN (
                SELECT id FROM events WHERE subject_id = $1)
            """, .text(subjectID))
        // Both conditions must hold: an event whose row was given another's position by tampering
        // must not clear the other's entry.
        _ = try connection.run(
            """
            UPDATE audit_entries SET event_id = NULL, salt = NULL, redaction_id = $1
            WHERE position IN (SELECT audit_position FROM events WHERE subject_id = $2)
                AND event_id IN (SELECT id FROM events WHERE subject_id = $2)
            """, .text(redactionID), .text(subjectID))
        return try connection.run(
            "DELETE FROM events WHERE subject_id = $1 RETURNING id", .text(subjectID)
        ).count
    }

    /// Returns a keyed hash, in hexadecimal, over the redaction's id and the positions that it
    /// redacted; it cannot be made without the key ring. Called after the last `redactEvents`.
    package func redactionProof(_ redactionID: String) throws -> String {
        hexadecimal(try keys.hash(.redaction, try redactedParts(redactionID)))
    }

    /// Returns whether an event of this id has the type `EventType.bookRedacted` and, as its data,
    /// the proof over the positions that have the id. Throws KeyRingError.lacksKey when the ring
    /// lacks a key that the book names.
    package func isProven(redaction redactionID: String) throws -> Bool {
        let found = try connection.run(
            "SELECT type, body FROM events WHERE id = $1", .text(redactionID)
        ).first?.read { try (type: $0.text(), body: $0.text()) }
        guard let found, found.type == EventType.bookRedacted.rawValue else { return false }
        try knowKeysOfBook()
        return try keys.hashes(.redaction, redactedParts(redactionID))
            .contains { AuditChain.proves(found.body, hexadecimal($0)) }
    }

    /// Returns the first redaction id of an entry after `last`, in the order of the ids; nil when
    /// there is none.
    package func nextRedaction(after last: String) throws -> String? {
        try connection.run(
            """
            SELECT redaction_id FROM audit_entries WHERE redaction_id > $1
            ORDER BY redaction_id LIMIT 1
            """, .text(last)
        ).first?.read { try $0.text() }
    }

    /// What a proof covers: the id, which always has the same length, and each position in 8 bytes,
    /// big-endian.
    private func redactedParts(_ redactionID: String) throws -> [[UInt8]] {
        var positions: [UInt8] = []
        var last: Int64 = 0
        while true {
            let page = try connection.run(
                """
                SELECT position FROM audit_entries WHERE redaction_id = $1 AND position > $2
                ORDER BY position LIMIT $3
                """, .text(redactionID), .integer(last), Value(Transaction.redactedPageSize)
            ).read { try $0.integer() }
            for position in page {
                last = position
                withUnsafeBytes(of: last.bigEndian) { positions.append(contentsOf: $0) }
            }
            if page.count < Transaction.redactedPageSize { break }
        }
        return [Array(redactionID.utf8), positions]
    }

    /// Rows read at once: a redaction may cover many events.
    private static let redactedPageSize = 500

    // MARK: Columns

    /// In the order of `AuditEntry.columns`.
    private func decodeEntry(_ row: inout RowReader) throws -> AuditEntry {
        try AuditEntry(
            position: row.integer(), eventID: row.textOrNil(), salt: row.blobOrNil(),
            digest: row.blob(), redactionID: row.textOrNil())
    }

    /// In the order of `AuditSeal.columns`.
    private func decodeSeal(_ row: inout RowReader) throws -> AuditSeal {
        try AuditSeal(position: row.integer(), head: row.blob(), at: row.instant())
    }
}

extension AuditEntry {
    static let columns = EntityColumns<AuditEntry>(
        "audit_entries",
        [
            .key("position") { .integer($0.position) },
            .fixed("event_id") { Value($0.eventID) },
            .fixed("salt") { Value($0.salt) },
            .fixed("digest") { .blob($0.digest) },
            .fixed("redaction_id") { Value($0.redactionID) },
        ])
}

extension AuditSeal {
    static let columns = EntityColumns<AuditSeal>(
        "audit_seals",
        [
            .key("position") { .integer($0.position) },
            .fixed("head") { .blob($0.head) },
            .fixed("at") { Value($0.at) },
        ])
}

/// An entry of the chain, with its event as it is now.
package struct StoredAuditEntry: Sendable {
    package let entry: AuditEntry
    /// Nil when no event has the id.
    package let event: AuditedEvent?
    /// The position that the event's row names.
    package let eventPosition: Int64?
}

/// The position in the chain that an event's row names.
package struct AuditPlace: Sendable {
    package let eventID: String
    package let at: Instant
    /// Nil until the event is sealed.
    package let position: Int64?
    /// The event that the entry at this position names; nil when there is no such entry, or it is
    /// redacted.
    package let entryEventID: String?
}
