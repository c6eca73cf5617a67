import Pledging
import Store

/// A reader whose charge failed may give again, instead of another card for the pledge that they
/// have. Both must not be charged for ever: if it is surely the same reader, the failed pledge
/// ends. If not (anybody can type an address, and households share one), its charge is held, and a
/// mail asks "both or one?".
struct GivingAgain {
    let change: Change

    /// `new` has had its first payment. Returns the amount of a failed pledge that ended by it.
    func paid(_ new: Pledge) throws -> Money? {
        var ended: Money?
        for old in try change.store.pledges(of: new.supporterID) where old.isReplaced(by: new) {
            if try isSameReader(old, new) {
                try end(old)
                ended = ended ?? old.amount
            } else if let charge = try change.store.openCharge(of: old.id),
                charge.state == .declined
            {
                _ = try ask(about: charge, of: old)
            }
        }
        return ended
    }

    /// Returns whether a failed charge is not to be tried now, because its reader gave again.
    /// Called before each retry.
    func holdsBack(_ charge: Charge, of pledge: Pledge) throws -> Bool {
        guard pledge.state == .pastDue else { return false }
        let newer = try change.store.pledges(of: pledge.supporterID).first {
            pledge.isReplaced(by: $0)
        }
        guard let newer else { return false }
        let isUnanswered = charge.reason == HoldReason.gaveAgain.rawValue
        if try isUnanswered || isSameReader(pledge, newer) {
            try end(pledge)
            return true
        }
        return try ask(about: charge, of: pledge)
    }

    /// Holds the charge for the days of the answer, and asks. Returns false when the reader was
    /// asked about this charge before, and kept both.
    private func ask(about charge: Charge, of pledge: Pledge) throws -> Bool {
        let answerBy = change.now.adding(days: GivingAgain.answerDays)
        let question = MailContents.bothOrOne(
            amount: pledge.amount, endsOn: try change.zone().date(at: answerBy))
        guard
            try change.mails.queue(
                question, to: pledge.supporterID, about: charge.id.text, period: "1")
        else { return false }
        _ = try change.charges.write(charge, by: .gaveAgain) {
            $0.reason = HoldReason.gaveAgain.rawValue
            $0.nextStepAt = answerBy
        }
        return true
    }

    private func end(_ pledge: Pledge) throws {
        try change.pledges.move(pledge, by: .cancelAsked) {
            $0.cancellation = Cancellation(reason: .duplicate, by: .supporter)
        }
    }

    /// Whether both are paid by the same card or account, by its token or by the processor's
    /// fingerprint.
    private func isSameReader(_ old: Pledge, _ new: Pledge) throws -> Bool {
        guard let former = try change.method(of: old), let present = try change.method(of: new),
            former.processor == present.processor
        else { return false }
        if former.id == present.id { return true }
        guard let former = former.secret, let present = present.secret else { return false }
        return former.token == present.token
            || former.fingerprint.map { $0 == present.fingerprint } ?? false
    }

    private static let answerDays: Int64 = 7
}

extension Change {
    var givingAgain: GivingAgain { GivingAgain(change: self) }
}
