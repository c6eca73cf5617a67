import Pledging
import Store

// Reads the facts by which Pledging's `DueCharge` decides.

extension Moment {
    /// Returns the facts about a pledge's next charge.
    func dueCharge(of pledge: Pledge, _ run: BillingRun) throws -> DueCharge {
        let dueOn = pledge.nextChargeOn ?? run.today
        var facts = try dueCharge(
            of: pledge, dueOn: dueOn, amount: pledge.chargeAmount, period: pledge.nextPeriod, run)
        facts.announcedThrough = pledge.chargeMonths.map {
            dueOn.adding(days: DueCharge.announcedThroughDays(months: $0))
        }
        return facts
    }

    /// Returns the facts about a charge that exists already.
    func dueCharge(of pledge: Pledge, _ charge: Charge, _ run: BillingRun) throws -> DueCharge {
        var facts = try dueCharge(
            of: pledge, dueOn: charge.dueOn, amount: charge.amount, period: charge.firstPeriod, run)
        facts.wasTried = try charge.state != .held || wasDeclined(charge, of: pledge)
        // If it needed a notice, it had one when it was made; terms that changed later do not
        // matter. A bank debit always needs one, even if the charge was made for another method.
        if facts.notice == .missing, try method(of: pledge)?.kind.isDebit != true {
            facts.notice = .notNeeded
        }
        return facts
    }

    private func dueCharge(
        of pledge: Pledge, dueOn: CivilDate, amount: Money, period: Int, _ run: BillingRun
    ) throws -> DueCharge {
        let method = try method(of: pledge)
        var facts = DueCharge(
            dueOn: dueOn, today: run.today,
            methodIsUsable: method.map {
                $0.state.isUsable && !$0.kind.isPush && $0.secret != nil
            } ?? false)
        facts.isRefused = try isRefused(pledge, at: run.now)
        if pledge.needsNotice, pledge.state != .pending {
            let notice = try store.notice(of: pledge.id, dueOn: dueOn, amount: amount)
            facts.notice =
                notice.acceptedAt.map { .given(run.zone.date(at: $0)) }
                ?? (notice.isUndeliverable ? .undeliverable : .missing)
        }
        guard let months = pledge.interval.months else { return facts }
        if let before = try store.charge(before: period, of: pledge.id, isPaid: false) {
            facts.previous = .init(dueOn: before.dueOn, months: months * before.periodCount)
        }
        if let paidOn = pledge.lastChargedOn {
            let paid = try store.charge(before: period, of: pledge.id, isPaid: true)
            facts.lastPaid = .init(dueOn: paidOn, months: months * (paid?.periodCount ?? 1))
        }
        return facts
    }

    /// Returns whether the newsroom's policy refuses this pledge's reader at `moment`.
    func isRefused(_ pledge: Pledge, at moment: Instant) throws -> Bool {
        let risk = try riskTable(at: moment)
        guard !risk.allowsAll, let supporter = try store.supporter(pledge.supporterID) else {
            return false
        }
        return try policy(for: supporter, by: risk) == .refuse
    }

    /// Returns whether a bank or the reader's method has refused the charge before. If it was held
    /// afterwards, it still counts as tried.
    func wasDeclined(_ charge: Charge, of pledge: Pledge) throws -> Bool {
        guard charge.attempts > 1 || charge.state == .held else { return false }
        return try store.attempts(of: charge.id).contains { attempt in
            guard attempt.state == .declined, let code = attempt.code else { return false }
            let decline = Decline(code: code)
            // Who is at fault for a missing token is known once the pledge is past due.
            return decline.isOfReader || (decline.isMissingToken && pledge.state == .pastDue)
        }
    }
}

extension PledgeMoves {
    /// Abandons a pledge that is pending, because its first charge was not collected. Returns
    /// whether it did.
    func abandonIfPending(_ pledge: Pledge) throws -> Bool {
        guard pledge.state == .pending else { return false }
        try move(pledge, by: .waitedTooLong)
        return true
    }
}
