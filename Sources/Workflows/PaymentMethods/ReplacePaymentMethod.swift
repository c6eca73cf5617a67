package import Pledging
import Store

/// A new means of payment takes the place of an old one: every live pledge moves to it, and the old
/// token is dropped.
package enum ReplacePaymentMethod {
    package static func run(
        _ id: ID<PaymentMethod>, with details: MethodInput, in context: Context
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
            try transaction.replace(
                old, by: new, for: transaction.livePledges(payingBy: old), in: context, at: now)
            return new
        }
    }
}

extension Transaction {
    /// The new method is attached and takes over these pledges; the old one, and what was promised
    /// about it, ends.
    func replace(
        _ old: PaymentMethod, by new: PaymentMethod, for pledges: [Pledge],
        isSameCard: Bool = false, in context: Context, at now: Instant
    ) throws {
        try insert(new)
        try append([try context.event(.paymentMethodAttached, new, at: now)])
        for pledge in pledges {
            try collect(pledge, by: new, isSameCard: isSameCard, in: context, at: now)
        }
        try move(old, by: .replaced, replacedBy: new.id, in: context, at: now)
        try cancelReminders(about: old.id.text, in: context, at: now)
    }
}
