package import Pledging
import Store

/// A person is entered without a pledge or a reminder yet.
package enum AddSupporter {
    package static func run(_ person: PersonInput, in context: Context) async throws -> Supporter {
        let contact = try person.checked()
        let now = context.now
        return try await context.book.write { transaction in
            try transaction.admit(RiskQuestion(contact: contact), at: now)
            if let known = try transaction.supporter(email: contact.email) {
                throw Problem(
                    .conflict, field: "email", "this address stands in the book as \(known.id)")
            }
            let (supporter, events) = try transaction.supporter(
                for: contact, in: context, at: now)
            try transaction.append(events)
            return supporter
        }
    }
}
