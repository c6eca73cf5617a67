import Pledging
import Store

/// What processors say of money that a reader's bank demands back. The method is dead and its
/// pledges end; a lost dispute is money that went back.
struct DisputeBooking {
    let change: Change

    /// `told` is the amount that the bank demands, where the processor tells it.
    func apply(
        _ state: Dispute.State, dispute remoteID: String, _ told: Money?, at processor: String,
        of charge: Charge
    ) throws {
        let dispute = try dispute(remoteID, told, at: processor, of: charge)
        guard case .move(let next, let effect) = dispute.state.on(state) else { return }
        try change.store.setState(next, of: dispute, at: change.now)
        try change.charges.appendVersion(.chargeDisputeClosed, of: change.existing(charge.id)) {
            guard effect == .countReturn else { return }
            try change.refunds.countReturn(dispute.amount, of: &$0)
        }
    }

    /// The dispute of that name; a new one begins with an event, and ends what its reader gives.
    private func dispute(
        _ remoteID: String, _ told: Money?, at processor: String, of charge: Charge
    ) throws -> Dispute {
        let known = try change.store.disputes(of: charge.id)
        if let found = known.first(where: { $0.remoteID == remoteID }) { return found }
        // A bank may demand it in a currency of its own: then it is the whole charge.
        let amount = told.flatMap { $0.currency == charge.amount.currency ? $0 : nil }
        let dispute = Dispute(
            id: try change.id(), chargeID: charge.id, processor: processor, remoteID: remoteID,
            amount: amount ?? charge.amount, createdAt: change.now)
        try change.store.insert(dispute)
        try change.charges.appendVersion(.chargeDisputed, of: charge)
        try revoke(charge)
        return dispute
    }

    /// The method that paid it is dead, all pledges that it pays for end, and the charge's own,
    /// though another method may stand there since.
    func revoke(_ charge: Charge) throws {
        if let last = try change.store.attempts(of: charge.id).last,
            let method = try change.store.paymentMethod(last.paymentMethodID)
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
