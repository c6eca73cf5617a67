import Pledging
import Store

extension Change {
    /// Ends the grace of a pledge past due, if it is over. If a try was missed, or the reader was
    /// not told in time, the pledge waits for that. On its next due date the failed charge is
    /// skipped, and the next period is tried instead. Returns whether the pledge lapsed.
    func endGrace(of charge: Charge, _ pledge: Pledge, missedTry: Bool) throws -> Bool {
        let (today, lapseOn) = (try today(), Dunning.lapseDate(of: charge, pledge))
        guard lapseOn <= today else { return false }
        let endsOn = Dunning.end(
            lapseOn: lapseOn, after: try failureNotice(of: charge, pledge), today: today)
        let decision = Dunning.afterGrace(
            missedTry: missedTry, today: today, lapseOn: lapseOn, endsOn: endsOn,
            nextDueOn: pledge.nextChargeOn)
        switch decision {
        case .wait: return false
        case .lapse:
            try pledges.move(pledge, by: .graceEnded)
            return true
        case .skip:
            let reason = ChargeSkipReason.nextPeriodDue.rawValue
            try booking.move(charge, of: pledge, by: .holdEnded) { $0.reason = reason }
            try reminders.cancel(about: charge.id.text)
            try attention.raise(.periodSkipped, charge.id.text, reason)
            return false
        }
    }
}
