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
        for old in try change.store.pledges(of: new.supporterID) where old.state == .pastDue {
            guard let since = try change.failingSince(old),
                old.isReplaced(by: new, failingSince: since)
            else { continue }
            if try isSameReader(old, new) {
                try end(old)
                ended = ended ?? old.amount
            } else if let charge = try change.store.openCharge(of: old.id) {
                if charge.state == .declined { _ = try ask(about: charge, of: old, new) }
                // What waits at the bank is withdrawn first.
                if charge.state == .actionRequired {
                    try change.store.schedule(charge.id, next: change.now)
                }
            }
        }
        return ended
    }

    /// Returns whether a failed charge is not to be tried now, because its reader gave again.
    /// Called before each retry.
    func holdsBack(_ charge: Charge, of pledge: Pledge) throws -> Bool {
        guard pledge.state == .pastDue else { return false }
        if charge.awaitsAnswer {
            try closeQuestion(about: charge, of: pledge)
            return true
        }
        if try change.givesAgainNow(pledge) {
            try change.store.schedule(charge.id, next: change.now.adding(hours: 1))
            return true
        }
        guard let newer = try change.newerPledge(than: pledge) else { return false }
        if try isSameReader(pledge, newer) {
            try end(pledge)
            return true
        }
        return try ask(about: charge, of: pledge, newer)
    }

    enum NextPeriod {
        case collect, wait, ended
        /// The charge is to be held until that day, for the reader's answer.
        case hold(until: CivilDate)
    }

    /// The same for the next period of a failed pledge, whose charge is not made yet.
    func nextPeriod(of pledge: Pledge) throws -> NextPeriod {
        if try change.givesAgainNow(pledge) { return .wait }
        guard let newer = try change.newerPledge(than: pledge) else { return .collect }
        if try isSameReader(pledge, newer) {
            try end(pledge)
            return .ended
        }
        let answerBy = try answerBy()
        return try isQuestion(about: pledge, newer, answerBy) ? .hold(until: answerBy) : .collect
    }

    /// Money came for a charge while its reader was asked about it: it is kept, and the pledge ends
    /// as the question says. Returns the pledge as it is then.
    func paidLate(_ charge: Charge, of pledge: Pledge) throws -> Pledge {
        guard charge.awaitsAnswer, !pledge.state.isFinal else { return pledge }
        return try end(pledge) ?? pledge
    }

    /// Nobody answered: the pledge ends, seven days after the question was accepted for delivery,
    /// or once it cannot be delivered.
    private func closeQuestion(about charge: Charge, of pledge: Pledge) throws {
        let question = try change.store.mail(.bothOrOne, about: pledge.id.text)
        var waitUntil: Instant?
        if let question, question.state == "queued" { waitUntil = change.now.adding(days: 1) }
        if let sentAt = question?.sentAt {
            let zone = try change.zone()
            waitUntil = zone.instant(
                of: zone.date(at: sentAt).adding(days: GivingAgain.answerDays), hour: 0)
        }
        if let waitUntil, waitUntil > change.now {
            return try change.store.schedule(charge.id, next: waitUntil)
        }
        try end(pledge)
    }

    /// Holds the charge for the days of the answer, and asks. Returns false when the reader was
    /// asked before, and kept both.
    private func ask(about charge: Charge, of pledge: Pledge, _ newer: Pledge) throws -> Bool {
        let answerBy = try answerBy()
        guard try isQuestion(about: pledge, newer, answerBy) else { return false }
        let zone = try change.zone()
        _ = try change.charges.write(charge, by: .gaveAgain) {
            $0.reason = HoldReason.gaveAgain.rawValue
            $0.nextStepAt = zone.instant(of: answerBy, hour: 0)
        }
        return true
    }

    /// Queues the question. Returns false when it was asked before.
    private func isQuestion(
        about pledge: Pledge, _ newer: Pledge, _ answerBy: CivilDate
    ) throws -> Bool {
        try change.mails.queue(
            .bothOrOne(amount: pledge.amount, endsOn: answerBy), to: pledge.supporterID,
            about: pledge.id.text, period: newer.id.text)
    }

    private func answerBy() throws -> CivilDate {
        try change.today().adding(days: GivingAgain.answerDays)
    }

    @discardableResult
    private func end(_ pledge: Pledge) throws -> Pledge? {
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

    static let answerDays = 7
}

extension Change {
    var givingAgain: GivingAgain { GivingAgain(change: self) }
}

extension Moment {
    /// Returns a pledge by which the reader of a failed one gave again.
    fileprivate func newerPledge(than pledge: Pledge) throws -> Pledge? {
        guard pledge.state == .pastDue, let since = try failingSince(pledge) else { return nil }
        return try store.pledges(of: pledge.supporterID).first {
            pledge.isReplaced(by: $0, failingSince: since)
        }
    }

    /// Returns when the first charge was made that has not been paid since.
    fileprivate func failingSince(_ pledge: Pledge) throws -> Instant? {
        let charges = try store.charges(
            state: nil, pledge: pledge.id, after: "", limit: Int(Int32.max))
        let paid = charges.filter { $0.state == .succeeded }.map(\.firstPeriod).max() ?? 0
        return charges.filter { $0.firstPeriod > paid }.map(\.createdAt).min()
    }

    /// Returns whether the reader of a failed pledge gave again, and was not asked yet: another
    /// process may have booked the new payment since the charge was claimed.
    func gaveAgainUnasked(_ pledge: Pledge) throws -> Bool {
        guard let newer = try newerPledge(than: pledge) else { return false }
        return try store.mail(.bothOrOne, about: pledge.id.text, period: newer.id.text) == nil
    }

    /// Returns whether the reader of a failed pledge is giving again at this moment: the new one's
    /// first charge is under way, or may still come within hours.
    func givesAgainNow(_ pledge: Pledge) throws -> Bool {
        guard pledge.state == .pastDue, let since = try failingSince(pledge) else { return false }
        let begun = now.adding(hours: -PledgeCause.pendingHours)
        return try store.pledges(of: pledge.supporterID).contains { other in
            let isNew = other.state == .pastDue && other.chargesSucceeded == 0
            guard other.id != pledge.id, other.state == .pending || isNew,
                other.interval == pledge.interval,
                other.amount.currency == pledge.amount.currency, other.createdAt > since,
                other.paymentMethodID != nil
            else { return false }
            return try other.state == .pending && other.createdAt > begun
                || store.openCharge(of: other.id)?.state.isInDoubt == true
        }
    }

    /// What the question about a failed pledge says now; nil if it is not open any more.
    func question(about pledgeID: String) throws -> MailContents? {
        guard let id = try? ID<Pledge>(parsing: pledgeID), let pledge = try store.pledge(id),
            try isAskedAbout(pledge)
        else { return nil }
        return .bothOrOne(
            amount: pledge.amount, endsOn: try today().adding(days: GivingAgain.answerDays))
    }
}
