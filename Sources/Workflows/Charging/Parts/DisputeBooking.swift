import Pledging
import Store

/// Records disputes, in which a reader's bank demands money back. The method is dead then, and its
/// pledges end. A lost dispute counts as money that went back.
struct DisputeBooking {
    let change: Change

    /// Applies the state of a dispute, which the processor calls `remoteID`. `told` is the amount
    /// that the bank demands, if the processor tells it.
    func apply(
        _ state: Dispute.State, dispute remoteID: String, _ told: Money?, at processor: String,
        of payment: TakenPayment
    ) throws {
        let dispute = try dispute(remoteID, told, at: processor, of: payment)
        let charge = payment.charge
        if state == .open, dispute.state == .open {
            try change.attention.raise(.disputeOpened, charge.id.text)
        }
        guard case .move(let next, let effect) = dispute.state.on(state) else { return }
        try change.store.setState(next, of: dispute, at: change.now)
        if try !change.store.disputes(of: charge.id).contains(where: { $0.state == .open }) {
            try change.attention.resolve(.disputeOpened, charge.id.text)
        }
        if effect == .countReturns {
            return try change.refunds.countReturns(of: payment, .chargeDisputeClosed)
        }
        try change.charges.appendVersion(
            .chargeDisputeClosed, of: change.existing(charge.id), about: payment.extra)
    }

    /// Returns the dispute that the processor calls `remoteID`. A new one is inserted with its
    /// event, and its method and pledges end.
    private func dispute(
        _ remoteID: String, _ told: Money?, at processor: String, of payment: TakenPayment
    ) throws -> Dispute {
        let charge = payment.charge
        let known = try change.store.disputes(of: charge.id)
        if let found = known.first(where: { $0.remoteID == remoteID }) { return found }
        // The bank may demand another currency; then the dispute is about the whole payment.
        let amount = told.flatMap { $0.currency == payment.amount.currency ? $0 : nil }
        let dispute = Dispute(
            id: try change.id(), chargeID: charge.id, extraPaymentID: payment.extra?.id,
            processor: processor, remoteID: remoteID, amount: amount ?? payment.amount,
            createdAt: change.now)
        try change.store.insert(dispute)
        try change.charges.appendVersion(.chargeDisputed, of: charge, about: payment.extra)
        try change.extraPayments.dropReturns(of: payment)
        try revoke(payment)
        return dispute
    }

    /// Makes the method that paid dead, and ends all pledges that it pays. The charge's own pledge
    /// ends too, even if it has another method since.
    func revoke(_ payment: TakenPayment) throws {
        let charge = payment.charge
        let attempts = try change.store.attempts(of: charge.id)
        if let paid = attempts.first(where: { $0.remoteID == payment.remoteID })
            // After a late success, the attempt that paid is not the last one.
            ?? attempts.last(where: { $0.state == .succeeded }) ?? attempts.last,
            let method = try change.store.paymentMethod(paid.paymentMethodID)
        {
            try change.methods.revoke(method)
        }
        let pledge = try change.existing(charge.pledgeID)
        if !pledge.state.isFinal { try change.pledges.revoke(pledge) }
    }
}

extension Change {
    var disputes: DisputeBooking { DisputeBooking(change: self) }
}
