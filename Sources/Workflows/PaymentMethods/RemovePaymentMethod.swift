package import Pledging
import Store

/// A means of payment is given up and its token forgotten. One that a live pledge pays by stays,
/// unless its pledges are to be cancelled with it.
package enum RemovePaymentMethod {
    package static func run(
        _ id: ID<PaymentMethod>, cancellingPledges: Bool, by party: Cancellation.Party,
        in context: Context
    ) async throws -> PaymentMethod {
        let now = context.now
        return try await context.book.write { transaction in
            guard let method = try transaction.paymentMethod(id) else {
                throw Problem.noSuch("payment method", id.text)
            }
            let pledges = try transaction.livePledges(payingBy: method)
            guard pledges.isEmpty || cancellingPledges else {
                throw Problem(
                    .conflict,
                    "\(pledges.count) live pledge(s) pay by it; replace it, or say that they are "
                        + "to end with it (cancel_pledges, --cancel-pledges)")
            }
            for pledge in pledges {
                try transaction.move(pledge, by: .cancelAsked, in: context, at: now) {
                    $0.cancellation = Cancellation(reason: .revoked, by: party)
                }
            }
            let removed = try transaction.move(method, by: .removed, in: context, at: now)
            try transaction.cancelReminders(about: id.text, in: context, at: now)
            return removed ?? method
        }
    }
}
