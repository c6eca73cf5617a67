package import Pledging
import Store

/// A person is entered without a pledge or a reminder yet.
package enum AddSupporter {
    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = PersonInput.fields

    package static func run(
        _ person: PersonInput, in context: Context
    ) async throws -> Supporter {
        let contact = try person.checked()
        return try await context.answer { change in
            try change.admit(RiskQuestion(contact: contact))
            if let known = try change.store.supporter(email: contact.email) {
                throw Problem(
                    .conflict, field: .email, "this address stands in the book as \(known.id)")
            }
            let (supporter, events) = try change.supporters.findOrAdd(contact)
            try change.store.append(events)
            return supporter
        }
    }
}
