package import Pledging
import Store

/// Replaces a payment method: every live pledge moves to the new one, and the old token is deleted.
package enum ReplacePaymentMethod {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = MethodInput.fields

    /// Returns the new method. Throws Problem: `.notFound` for an unknown method, `.invalid` for a
    /// field that breaks a rule, `.notPermitted` when the risk policy refuses.
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
