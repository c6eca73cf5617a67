package import Pledging
import Store

/// A means of payment is given up and its token forgotten. One that a live pledge pays by stays,
/// unless its pledges are to be cancelled with it.
package enum RemovePaymentMethod {
    package static func run(
        _ id: ID<PaymentMethod>, cancellingPledges: Bool, by party: Cancellation.Party,
        in context: Context
    ) async throws -> PaymentMethod {
        try await context.answer { change in
            let method = try change.existing(id)
            let pledges = try change.store.livePledges(payingBy: method)
            guard pledges.isEmpty || cancellingPledges else {
                throw Problem(
                    .conflict,
                    "\(pledges.count) live pledge(s) pay by it; replace it, or say that they are "
                        + "to end with it (cancel_pledges, --cancel-pledges)")
            }
            for pledge in pledges {
                try change.pledges.move(pledge, by: .cancelAsked) {
                    $0.cancellation = Cancellation(reason: .revoked, by: party)
                }
            }
            let removed = try change.methods.move(method, by: .removed)
            try change.reminders.cancel(about: id.text)
            return removed ?? method
        }
    }
}
