package import Pledging

extension Transaction {
    /// Inserts events and, with `isFannedOut`, their deliveries. Events are written only here.
    /// UNIQUE (subject, sequence) stops a double application.
    package func append(_ events: [Event], isFannedOut: Bool = true) throws {
        try insertRows(events, Event.columns)
        if isFannedOut { try fanOut(events) }
    }

    /// Returns events after `last`, in the order of their ids; a condition that is nil matches all.
    package func events(
        type: EventType?, subjectID: String?, since: Instant, after last: String, limit: Int
    ) throws -> [StoredEvent] {
        let subject = subjectID == nil ? "" : "AND subject_id = $4"
        let statement = Statement(
            """
            SELECT \(Event.columns.selected) FROM events
            WHERE id > $1 AND type = coalesce($2, type) AND at >= $3 \(subject)
            ORDER BY id LIMIT \(subjectID == nil ? "$4" : "$5")
            """)
        var parameters: [Value] = [.text(last), Value(type), Value(since), Value(limit)]
        if let subjectID { parameters.insert(.text(subjectID), at: 3) }
        return try connection.run(statement, [parameters]).read { row in
            let event = try decodeAudited(&row)
            let person = try row.blobOrNil().flatMap {
                try keys.open($0, .actor, row: event.id, fields: 1)[0]
            }
            return StoredEvent(
                id: event.id, type: event.type, subjectID: event.subjectID,
                sequence: event.sequence, at: event.at, actor: event.actor, person: person,
                body: event.body)
        }
    }

    // MARK: Columns

    /// In the order of `Event.auditedColumns`.
    func decodeAudited(_ row: inout RowReader) throws -> AuditedEvent {
        try AuditedEvent(
            id: row.text(), type: row.text(), subjectID: row.text(), sequence: row.integer(),
            at: row.instant(), actor: row.text(), body: row.text())
    }
}

extension Event {
    /// The columns that the audit trail covers, and the sealed name of who acted.
    static let columns = EntityColumns<Event>(
        "events",
        covered + [
            .sealedOnce { event, keys in
                try Value(
                    event.actor.person.map {
                        try keys.seal(SealedFields([$0]), .actor, row: event.id.text)
                    })
            }
        ])

    /// The columns that the audit trail covers, to be read alone.
    static let auditedColumns = EntityColumns<Event>("events", covered)

    private static let covered: [Column<Event>] = [
        .key("id") { Value($0.id) },
        .fixed("type") { Value($0.type) },
        .fixed("subject_id") { .text($0.subjectID) },
        .fixed("sequence") { .integer($0.sequence) },
        .fixed("at") { Value($0.at) },
        .fixed("actor") { .text($0.actor.text) },
        .fixed("body") { .text($0.body) },
    ]
}

/// An event as stored.
package struct StoredEvent: Sendable {
    package let id: String
    package let type: String
    package let subjectID: String
    package let sequence: Int64
    package let at: Instant
    package let actor: String
    /// The name of the person who acted; nil when no person did or the name is unknown.
    package let person: String?
    /// The bytes that are signed.
    package let body: String
}
