import Pledging
import Store

// What a reminder's mail says. It is asked when the mail is queued, and again when it is sent.

extension Moment {
    /// Returns the contents of the mail; nil when the pledge, method or charge has changed since.
    func contents(for reminder: Reminder) throws -> MailContents? {
        switch reminder.kind {
        case .support: return .support(everyMonths: reminder.series?.everyMonths)
        case .upcomingCharge:
            guard let pledge = try store.pledge(ID(parsing: reminder.subjectID)),
                pledge.state == .active || pledge.state == .pastDue || pledge.state == .paused,
                let due = pledge.nextChargeOn,
                reminder.period.hasPrefix("\(due)/\(pledge.chargeAmount.minorUnits)/")
            else { return nil }
            // A late notice moves the charge.
            let earliest = try today().adding(days: DueCharge.noticeDays)
            return .upcomingCharge(
                amount: pledge.chargeAmount, chargeOn: max(due, earliest),
                periods: pledge.collectEvery)
        case .pauseEnding:
            guard let pledge = try store.pledge(ID(parsing: reminder.subjectID)),
                pledge.state == .paused, pledge.nextChargeOn?.description == reminder.period
            else { return nil }
            return .pauseEnding(nextChargeOn: pledge.nextChargeOn)
        case .methodExpiring:
            guard let method = try store.paymentMethod(ID(parsing: reminder.subjectID)),
                method.state.isUsable, try !store.livePledges(payingBy: method).isEmpty
            else { return nil }
            return .methodExpiring(month: method.expires)
        case .chargeFailed:
            guard let charge = try store.charge(ID(parsing: reminder.subjectID)) else { return nil }
            if charge.state == .actionRequired { return try bankQuestion(charge.id) }
            guard charge.state == .declined, let pledge = try store.pledge(charge.pledgeID),
                pledge.state == .pastDue, try !hasNewerPledge(than: pledge)
            else { return nil }
            let outlook = Dunning.outlook(
                of: charge, pledge,
                methodIsUsable: try method(of: pledge)?.state.isUsable ?? false,
                // This mail is leaving.
                after: try store.failureMails(about: charge.id).firstSentAt.map {
                    .sent(try zone().date(at: $0))
                } ?? .owed,
                retryOn: try charge.nextStepAt.map { try zone().date(at: $0) }, today: try today())
            return .chargeFailed(
                .init(
                    amount: charge.amount(owedBy: pledge), endsOn: outlook.endsOn,
                    reason: charge.reason.map { Decline(code: $0).reason } ?? .unknown,
                    retryOn: outlook.retryOn))
        }
    }

    /// Returns what the reader was told about a failed charge.
    func failureNotice(of charge: Charge, _ pledge: Pledge) throws -> Dunning.Notice {
        let told = try store.failureMails(about: charge.id)
        if told.hasBankQuestion { return .needless }
        if let sentAt = told.firstSentAt { return .sent(try zone().date(at: sentAt)) }
        guard !told.isRefused, try !hasNewerPledge(than: pledge),
            let supporter = try store.supporter(pledge.supporterID),
            let contact = supporter.contact,
            try store.suppression(of: contact.email) != .all, try policy(for: supporter) != .refuse
        else { return .needless }
        return .owed
    }

    /// Returns the mail about a charge that waits for its reader at the bank; nil if it does not,
    /// or not any more.
    func bankQuestion(_ id: ID<Charge>) throws -> MailContents? {
        guard let charge = try store.charge(id), let pledge = try store.pledge(charge.pledgeID),
            let question = try bankQuestion(of: pledge), question.charge.id == id
        else { return nil }
        return .actionNeeded(amount: charge.amount, endsOn: question.endsOn)
    }

    /// Returns whether the reader has a newer pledge, so that a mail about this one is not needed.
    /// Whoever was asked, and kept both, needs it.
    func hasNewerPledge(than pledge: Pledge) throws -> Bool {
        try store.pledges(of: pledge.supporterID).contains { other in
            try other.id > pledge.id && (other.state == .active || other.state == .pending)
                && store.mail(.bothOrOne, about: pledge.id.text, period: other.id.text) == nil
        }
    }

    /// Returns what the mail of a queued reminder says now, or why it is no longer wanted.
    func presentContents(of reminder: Reminder) throws -> PresentContents {
        guard let contents = try contents(for: reminder) else { return .unwanted(.subjectChanged) }
        if reminder.kind == .support,
            try store.queuedReminder(reminder.id)?.supportsAlready == true
        {
            return .unwanted(.alreadySupports)
        }
        return .wanted(contents)
    }
}

enum PresentContents {
    case wanted(MailContents)
    case unwanted(SkipReason)
}
