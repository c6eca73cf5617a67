/// A published fact: what happened to one subject, in the order of its versions. It contains ids,
/// amounts, states and reasons, never personal data.
package struct Event: Identified, Sendable {
    package static let idPrefix = "evt"

    package let id: ID<Event>
    package let type: EventType
    /// The text of the subject's id.
    package let subjectID: String
    /// The subject's version after this event: 1, 2, 3 … without gaps.
    package let sequence: Int64
    package let at: Instant
    package let actor: Actor
    package let data: JSON

    package init(
        id: ID<Event>, type: EventType, subjectID: String, sequence: Int64, at: Instant,
        actor: Actor, data: JSON
    ) {
        self.id = id
        self.type = type
        self.subjectID = subjectID
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.data = data
    }

    /// The body that is stored, signed and delivered (Standard Webhooks 1.0, "Payload structure").
    package var body: String {
        JSON.members([
            "type": .string(type.rawValue), "timestamp": .string(at.rfc3339),
            "id": .string(id.text), "sequence": .integer(sequence), "actor": .string(actor.text),
            "data": data,
        ]).text
    }
}
