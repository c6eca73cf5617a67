import Pledging
import Store

// What Pledging's `DueCharge` decides by, read from the book.

extension Moment {
    /// What decides about the charge that is due next.
    func dueCharge(of pledge: Pledge, _ run: BillingRun) throws -> DueCharge {
        try dueCharge(
            of: pledge, dueOn: pledge.nextChargeOn ?? run.today, amount: pledge.chargeAmount,
            period: pledge.nextPeriod, run)
    }

    /// What decides about a charge that was made already.
    func dueCharge(of pledge: Pledge, _ charge: Charge, _ run: BillingRun) throws -> DueCharge {
        var facts = try dueCharge(
            of: pledge, dueOn: charge.dueOn, amount: charge.amount, period: charge.firstPeriod, run)
        facts.wasTried = try charge.state != .held || wasDeclined(charge)
        // It was announced where it had to be when it was made; other terms came later. A bank
        // debit is never taken unannounced, whatever the charge was made for.
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

    /// Whether the newsroom's policy takes nothing from where this pledge's reader is, at `moment`.
    func isRefused(_ pledge: Pledge, at moment: Instant) throws -> Bool {
        let risk = try riskTable(at: moment)
        guard !risk.allowsAll, let supporter = try store.supporter(pledge.supporterID) else {
            return false
        }
        return try policy(for: supporter, by: risk) == .refuse
    }

    /// Whether a bank has declined it before: what held it then does not make it a new one.
    private func wasDeclined(_ charge: Charge) throws -> Bool {
        try store.attempts(of: charge.id).contains { attempt in
            guard attempt.state == .declined, let code = attempt.code else { return false }
            return Decline(code: code).bucket != .operator
        }
    }
}

extension PledgeMoves {
    /// A pledge whose first charge came to nothing does not begin. True when it ended.
    func abandonIfPending(_ pledge: Pledge) throws -> Bool {
        guard pledge.state == .pending else { return false }
        try move(pledge, by: .waitedTooLong)
        return true
    }
}
