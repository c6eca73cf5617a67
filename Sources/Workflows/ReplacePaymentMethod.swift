package import Pledging
import Store

/// A new means of payment takes the place of an old one: every live pledge moves to it, and the old
/// token is dropped.
package enum ReplacePaymentMethod {
    package static func run(
        _ id: ID<PaymentMethod>, with details: MethodDetails, in context: Context
    ) async throws -> PaymentMethod {
        let now = context.now
        return try await context.book.write { transaction in
            guard let old = try transaction.paymentMethod(id) else {
                throw Problem.noSuch("payment method", id.text)
            }
            let new = try details.checked(today: transaction.today(at: now)).method(
                context.id(at: now), of: old.supporterID, at: now)
            if let supporter = try transaction.supporter(old.supporterID) {
                try transaction.admit(supporter, issuing: new.secret?.issuingCountry, at: now)
            }
            try transaction.insert(new)
            try transaction.append([try context.event(.paymentMethodAttached, new, at: now)])
            for pledge in try transaction.livePledges(payingBy: old) {
                try transaction.collect(pledge, by: new, in: context, at: now)
            }
            try transaction.move(old, by: .replaced, replacedBy: new.id, in: context, at: now)
            try transaction.cancelReminders(about: id.text, in: context, at: now)
            return new
        }
    }
}
