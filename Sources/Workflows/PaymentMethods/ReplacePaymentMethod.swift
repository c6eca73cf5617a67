package import Pledging
import Store

/// A new means of payment takes the place of an old one: every live pledge moves to it, and the old
/// token is dropped.
package enum ReplacePaymentMethod {
    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = MethodInput.fields

    package static func run(
        _ id: ID<PaymentMethod>, with details: MethodInput, in context: Context
    ) async throws -> PaymentMethod {
        try await context.answer { change in
            let old = try change.existing(id)
            let new = try details.checked(today: change.today()).method(
                change.id(), of: old.supporterID, at: change.now)
            if let supporter = try change.store.supporter(old.supporterID) {
                try change.admit(supporter, issuing: new.secret?.issuingCountry)
            }
            try change.methods.replace(
                old, by: new, for: change.store.livePledges(payingBy: old))
            return new
        }
    }
}
