import Pledging
import Store

// What a reader is told when a pledge ends because no payment came.

extension Change {
    /// Queues the mail about a pledge that lapsed or was abandoned, if its reader is to be told.
    func tellEnd(of pledge: Pledge) throws {
        guard let contents = try endOfPledge(pledge.id) else { return }
        try mails.queue(
            contents, to: pledge.supporterID, about: pledge.id.text,
            // A pledge that was revived may end again.
            period: String(pledge.version))
    }
}

extension Moment {
    /// Returns the mail about the end of a pledge; nil if the pledge goes on, or its reader gave
    /// again. Of a pledge that never began, only an address that was confirmed or paid before is
    /// told: strangers type others' addresses.
    func endOfPledge(_ id: ID<Pledge>) throws -> MailContents? {
        guard let pledge = try store.pledge(id), try !hasNewerPledge(than: pledge) else {
            return nil
        }
        switch pledge.state {
        case .lapsed: break
        case .abandoned:
            guard try isKnown(pledge.supporterID) else { return nil }
        case .pending, .active, .pastDue, .paused, .completed, .cancelled: return nil
        }
        return .pledgeEnded(amount: pledge.amount, began: pledge.hasBegun)
    }

    private func isKnown(_ id: ID<Supporter>) throws -> Bool {
        guard let supporter = try store.supporter(id) else { return false }
        if supporter.confirmedAt != nil { return true }
        return try store.pledges(of: id).contains(where: \.hasBegun)
    }
}
