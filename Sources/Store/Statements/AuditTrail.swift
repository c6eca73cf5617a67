package import Pledging

extension Transaction {
    // MARK: Sealing

    /// Events that are not sealed, in the order of their ids.
    package func unsealedEvents(limit: Int) throws -> [AuditedEvent] {
        try connection.run(
            """
            SELECT id, type, subject_id, sequence, at, actor, body FROM events
            WHERE audit_position IS NULL ORDER BY id LIMIT $1
            """, Value(limit)
        ).map { try decodeAudited($0, from: 0) }
    }

    /// Adds entries of events, and gives each event its place.
    package func insertAuditEntries(_ entries: [AuditEntry]) throws {
        _ = try connection.run(
            """
            INSERT INTO audit_entries (position, event_id, salt, digest, redaction_id)
            VALUES ($1, $2, $3, $4, $5)
            """,
            entries.map { entry in
                [
                    .integer(entry.position), Value(entry.eventID), Value(entry.salt),
                    .blob(entry.digest), Value(entry.redactionID),
                ]
            })
        _ = try connection.run(
            "UPDATE events SET audit_position = $1 WHERE id = $2",
            entries.map { [.integer($0.position), Value($0.eventID)] })
    }

    package func insert(_ seal: AuditSeal) throws {
        _ = try connection.run(
            "INSERT INTO audit_seals (position, head, at) VALUES ($1, $2, $3)",
            .integer(seal.position), .blob(seal.head), Value(seal.at))
    }

    /// The seal of the last batch; nil before anything is sealed.
    package func lastAuditSeal() throws -> AuditSeal? {
        try connection.run(
            "SELECT position, head, at FROM audit_seals ORDER BY position DESC LIMIT 1"
        ).first.map(decodeSeal)
    }

    /// The position of the last entry; 0 when there is none.
    package func lastAuditPosition() throws -> Int64 {
        try connection.run("SELECT coalesce(max(position), 0) FROM audit_entries")[0].integer(0)
    }

    // MARK: Looking

    /// Entries in the order of their positions, after `last`, each with its event as it stands now.
    package func auditEntries(after last: Int64, limit: Int) throws -> [StoredAuditEntry] {
        try connection.run(
            """
            SELECT position, event_id, salt, digest, redaction_id, audit_position, id, type,
                subject_id, sequence, at, actor, body
            FROM audit_entries LEFT JOIN events ON events.id = audit_entries.event_id
            WHERE position > $1 ORDER BY position LIMIT $2
            """, .integer(last), Value(limit)
        ).map { row in
            StoredAuditEntry(
                entry: AuditEntry(
                    position: try row.integer(0), eventID: try row.textOrNil(1),
                    salt: try row.blobOrNil(2), digest: try row.blob(3),
                    redactionID: try row.textOrNil(4)),
                event: row.isNull(6) ? nil : try decodeAudited(row, from: 6),
                eventPosition: try row.integerOrNil(5))
        }
    }

    /// Seals in the order of their positions, after `last` and up to `end`.
    package func auditSeals(
        after last: Int64, through end: Int64, limit: Int
    ) throws -> [AuditSeal] {
        try connection.run(
            """
            SELECT position, head, at FROM audit_seals WHERE position > $1 AND position <= $2
            ORDER BY position LIMIT $3
            """, .integer(last), .integer(end), Value(limit)
        ).map(decodeSeal)
    }

    /// Where events say that they stand in the chain, in the order of their ids, after `last`.
    package func auditPlaces(after last: String, limit: Int) throws -> [AuditPlace] {
        try connection.run(
            """
            SELECT events.id, events.at, audit_position, audit_entries.event_id
            FROM events LEFT JOIN audit_entries ON audit_entries.position = audit_position
            WHERE events.id > $1 ORDER BY events.id LIMIT $2
            """, .text(last), Value(limit)
        ).map { row in
            AuditPlace(
                eventID: try row.text(0), at: try row.instant(1),
                position: try row.integerOrNil(2), entryEventID: try row.textOrNil(3))
        }
    }

    // MARK: Redaction

    /// Deletes all events about a subject, with their deliveries. Their entries keep the digests,
    /// so the chain goes on to verify, and name the redaction: the id of an event
    /// `EventType.bookRedacted` that the caller appends, with `AuditChain.redactionData` of the
    /// `redactionProof`. Returns how many events went; some may not have been sealed.
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
        // Both conditions: a row that other hands gave another's place hides nothing of it.
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

    /// A keyed hash, in hexadecimal, over the redaction's id and the positions that it redacted:
    /// who has the book but not its key ring can make none. Asked for after the last
    /// `redactEvents`.
    package func redactionProof(_ redactionID: String) throws -> String {
        hexadecimal(try keys.hash(.redaction, try redactedParts(redactionID)))
    }

    /// Whether there is an event of that id, of type `EventType.bookRedacted`, whose data are the
    /// proof over the positions that bear the id.
    package func isProven(redaction redactionID: String) throws -> Bool {
        let rows = try connection.run(
            "SELECT type, body FROM events WHERE id = $1", .text(redactionID))
        guard let row = rows.first, try row.text(0) == EventType.bookRedacted.rawValue else {
            return false
        }
        let body = try row.text(1)
        try knowKeysOfBook()
        return try keys.hashes(.redaction, redactedParts(redactionID))
            .contains { AuditChain.proves(body, hexadecimal($0)) }
    }

    /// The first redaction id after `last` that entries bear, in the order of the ids.
    package func nextRedaction(after last: String) throws -> String? {
        try connection.run(
            """
            SELECT redaction_id FROM audit_entries WHERE redaction_id > $1
            ORDER BY redaction_id LIMIT 1
            """, .text(last)
        ).first?.text(0)
    }

    /// The id, which always has the same length, and each position in 8 bytes.
    private func redactedParts(_ redactionID: String) throws -> [[UInt8]] {
        var positions: [UInt8] = []
        var last: Int64 = 0
        while true {
            let page = try connection.run(
                """
                SELECT position FROM audit_entries WHERE redaction_id = $1 AND position > $2
                ORDER BY position LIMIT $3
                """, .text(redactionID), .integer(last), Value(Transaction.redactedPageSize))
            for row in page {
                last = try row.integer(0)
                withUnsafeBytes(of: last.bigEndian) { positions.append(contentsOf: $0) }
            }
            if page.count < Transaction.redactedPageSize { break }
        }
        return [Array(redactionID.utf8), positions]
    }

    /// Rows that are held at once: a redaction may cover many events.
    private static let redactedPageSize = 500

    // MARK: Decoding

    private func decodeAudited(_ row: Row, from column: Int) throws -> AuditedEvent {
        AuditedEvent(
            id: try row.text(column), type: try row.text(column + 1),
            subjectID: try row.text(column + 2), sequence: try row.integer(column + 3),
            at: try row.instant(column + 4), actor: try row.text(column + 5),
            body: try row.text(column + 6))
    }

    private func decodeSeal(_ row: Row) throws -> AuditSeal {
        AuditSeal(
            position: try row.integer(0), head: try row.blob(1), at: try row.instant(2))
    }
}

/// An entry of the chain, with what its event says now.
package struct StoredAuditEntry: Sendable {
    package let entry: AuditEntry
    /// Nil where there is no row of that id.
    package let event: AuditedEvent?
    /// The place that the event's row names.
    package let eventPosition: Int64?
}

/// Where an event says that it stands in the chain.
package struct AuditPlace: Sendable {
    package let eventID: String
    package let at: Instant
    /// Nil until it is sealed.
    package let position: Int64?
    /// The event that the entry at this position names; nil without such an entry or event.
    package let entryEventID: String?
}
