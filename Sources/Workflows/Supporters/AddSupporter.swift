package import Pledging
import Store

/// Adds a person without a pledge or a reminder.
package enum AddSupporter {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = PersonInput.fields

    /// Returns the new supporter. Throws Problem: `.conflict` when the address is in the book
    /// already, `.notPermitted` when the risk policy refuses, `.invalid` for a field that breaks a
    /// rule.
    package static func run(
        _ person: PersonInput, in context: Context
    ) async throws -> Supporter {
        let contact = try person.checked()
        return try await context.answer { change in
            try change.admit(RiskQuestion(contact: contact))
            if let known = try change.store.supporter(email: contact.email) {
                throw Problem(
                    .conflict, field: .email, "belongs to supporter \(known.id) already")
            }
            let (supporter, events) = try change.supporters.findOrAdd(contact)
            try change.store.append(events)
            return supporter
        }
    }
}
