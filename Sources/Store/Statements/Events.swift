package import Pledging

extension Transaction {
    /// The only way to write an event, and what makes its deliveries. The UNIQUE (subject,
    /// sequence) stops a double application.
    package func append(_ events: [Event], isFannedOut: Bool = true) throws {
        let rows = try events.map { event -> [Value] in
            let person = try event.actor.person.map {
                try keys.seal(SealedFields([$0]), .actor, row: event.id.text)
            }
            return [
                Value(event.id), Value(event.type), .text(event.subjectID),
                .integer(event.sequence), Value(event.at), .text(event.actor.text), Value(person),
                .text(event.body),
            ]
        }
        _ = try connection.run(
            """
            INSERT INTO events (id, type, subject_id, sequence, at, actor, sealed, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, rows)
        if isFannedOut { try fanOut(events) }
    }

    /// Events in the order of their ids, after `last`; nil conditions match all.
    package func events(
        type: EventType?, subjectID: String?, since: Instant, after last: String, limit: Int
    ) throws -> [StoredEvent] {
        let subject = subjectID == nil ? "" : "AND subject_id = $4"
        let statement = Statement(
            """
            SELECT id, type, subject_id, sequence, at, actor, sealed, body FROM events
            WHERE id > $1 AND type = coalesce($2, type) AND at >= $3 \(subject)
            ORDER BY id LIMIT \(subjectID == nil ? "$4" : "$5")
            """)
        var parameters: [Value] = [.text(last), Value(type), Value(since), Value(limit)]
        if let subjectID { parameters.insert(.text(subjectID), at: 3) }
        return try connection.run(statement, [parameters]).map { row in
            let id = try row.text(0)
            return StoredEvent(
                id: id, type: try row.text(1), subjectID: try row.text(2),
                sequence: try row.integer(3), at: try row.instant(4), actor: try row.text(5),
                person: try row.blobOrNil(6).flatMap {
                    try keys.open($0, .actor, row: id, fields: 1)[0]
                },
                body: try row.text(7))
        }
    }
}

/// An event as it stands in the book.
package struct StoredEvent: Sendable {
    package let id: String
    package let type: String
    package let subjectID: String
    package let sequence: Int64
    package let at: Instant
    package let actor: String
    /// Who acted, where a person did and is known.
    package let person: String?
    /// The bytes that are signed.
    package let body: String
}
