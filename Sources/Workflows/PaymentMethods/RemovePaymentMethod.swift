package import Pledging
import Store

/// Removes a payment method and forgets its token.
package enum RemovePaymentMethod {
    /// Returns the method afterwards. Throws Problem `.conflict` when a live pledge pays by it,
    /// unless `cancellingPledges` cancels such pledges too.
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
                    "\(pledges.count) live pledge(s) use it; replace it, or cancel them with it "
                        + "(cancel_pledges, --cancel-pledges)")
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
