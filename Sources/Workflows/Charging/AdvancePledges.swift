package import Pledging
import Store

/// Makes the changes of state that follow from dates alone: resumes pledges whose pause is over,
/// abandons pledges that never began, ends pledges whose grace is over, and marks methods whose
/// printed month is near its end. Part of `run billing`; it charges nobody.
package enum AdvancePledges {
    package struct Summary: Hashable, Sendable {
        package var resumed = 0
        package var abandoned = 0
        package var lapsed = 0
        package var expiring = 0

        package var json: JSON {
            [
                "resumed": .integer(Int64(resumed)), "abandoned": .integer(Int64(abandoned)),
                "lapsed": .integer(Int64(lapsed)), "expiring": .integer(Int64(expiring)),
            ]
        }

        fileprivate mutating func add(_ page: Summary) {
            resumed += page.resumed
            abandoned += page.abandoned
            lapsed += page.lapsed
            expiring += page.expiring
        }
    }

    /// Makes all changes that are due at `moment` (nil is now), one page per transaction. All pages
    /// have the same moment. No pledge is given up whose charge was last tried through a processor
    /// that is not in `processors`: it may know of a payment. A row that cannot be written is set
    /// aside. Returns the counts.
    package static func run(
        asking processors: Processors, at moment: Instant? = nil, in context: Context
    ) async throws -> Summary {
        let advance = Advance(context: context, now: moment ?? context.now)
        let today = try await context.look(at: advance.now) { try $0.today() }
        var summary = Summary()
        try await advance.resumePaused(today, &summary)
        try await advance.abandonWithoutMethod(&summary)
        for state in [PledgeState.pending, .pastDue] {
            try await advance.endFailed(state, today, asking: processors, &summary)
        }
        try await advance.markExpiring(today, &summary)
        context.log(.info, "pledges advanced", summary.json)
        return summary
    }
}

private struct Advance: Sendable {
    let context: Context
    let now: Instant

    // MARK: The kinds of changes

    func resumePaused(
        _ today: CivilDate, _ summary: inout AdvancePledges.Summary
    ) async throws {
        try await each(&summary, \.id.text) { look, last, limit in
            try look.store.pledges(pausedThrough: today, after: last, limit: limit)
        } act: { pledge, change, moved in
            guard let pledge = try change.store.pledge(pledge.id), pledge.state == .paused,
                let due = pledge.nextChargeOn, due <= today
            else { return }
            // On the anchor date that was fixed when the pause began, however late this run is.
            _ = try change.pledges.resume(pledge, chargeOn: due)
            moved.resumed += 1
        }
    }

    func abandonWithoutMethod(_ summary: inout AdvancePledges.Summary) async throws {
        let limit = now.adding(hours: -PledgeCause.pendingHours)
        try await each(&summary, \.id.text) { look, last, size in
            try look.store.pledges(pendingSince: limit, after: last, limit: size)
        } act: { pledge, change, moved in
            guard let pledge = try change.store.pledge(pledge.id), pledge.state == .pending,
                pledge.paymentMethodID == nil
            else { return }
            try change.pledges.move(pledge, by: .waitedTooLong)
            moved.abandoned += 1
        }
    }

    /// Ends pledges in this state whose charge failed.
    func endFailed(
        _ state: PledgeState, _ today: CivilDate, asking processors: Processors,
        _ summary: inout AdvancePledges.Summary
    ) async throws {
        try await each(&summary, \.id.text) { look, last, limit in
            try look.store.failedCharges(
                of: state, firstTriedBy: today, after: last, limit: limit)
        } act: { found, change, moved in
            guard processors.knowAll(of: found), let charge = try change.store.charge(found.id),
                charge.version == found.version
            else { return }
            try change.end(charge, of: state, &moved)
        }
    }

    /// Past its printed month a method stays so: only the processor's word ends it.
    func markExpiring(
        _ today: CivilDate, _ summary: inout AdvancePledges.Summary
    ) async throws {
        let soon = today.adding(days: PaymentMethodState.expiringDays).yearMonth
        try await each(&summary, \.id.text) { look, last, limit in
            try look.store.paymentMethods(expiringThrough: soon, after: last, limit: limit)
        } act: { found, change, moved in
            guard let method = try change.store.paymentMethod(found.id), method.state == .active,
                PaymentMethodState.initial(expires: method.expires, today: today) != .active
            else { return }
            try change.methods.move(method, by: .expiryNear)
            moved.expiring += 1
        }
    }

    // MARK: Page by page

    /// Acts on all rows of a list, page by page; each page is written at once, and a row that
    /// cannot be written is set aside.
    private func each<Row: Sendable>(
        _ summary: inout AdvancePledges.Summary, _ subject: (Row) -> String,
        page: @escaping @Sendable (Look, _ last: Row?, _ limit: Int) throws -> [Row],
        act:
            @escaping @Sendable (
                Row, Change, inout AdvancePledges.Summary
            ) throws -> Void
    ) async throws {
        var last: Row?
        while true {
            let after = last
            let rows = try await context.look(at: now) { try page($0, after, Advance.pageSize) }
            guard let end = rows.last else { return }
            last = end
            let done = try await context.settingAside(each: rows, at: now, subject: subject) {
                rows, change in
                var moved = AdvancePledges.Summary()
                for row in rows { try act(row, change, &moved) }
                return moved
            }
            for part in done { summary.add(part) }
        }
    }

    /// Rows per transaction: few enough that other writers hardly wait.
    private static let pageSize = 200
}

extension Change {
    /// Ends a pledge whose charge failed. A pending one is abandoned after
    /// `PledgeCause.pendingHours`, so that its reader has time for another try; others lapse at the
    /// end of their grace.
    fileprivate func end(
        _ charge: Charge, of state: PledgeState, _ moved: inout AdvancePledges.Summary
    ) throws {
        // What waits for the reader is withdrawn at the processor first, and is then declined.
        guard charge.state == .declined else { return }
        let pledge = try existing(charge.pledgeID)
        guard pledge.state == state else { return }
        // What the reader has given meanwhile is tried once first: a method, or a lower amount.
        if let next = charge.nextStepAt, next <= now,
            let attempt = try store.attempt(charge.id, charge.attempts),
            !charge.isWanted(of: pledge, asAttempted: attempt)
        {
            return
        }
        if state == .pending {
            guard charge.createdAt <= now.adding(hours: -PledgeCause.pendingHours) else { return }
            try pledges.move(pledge, by: .waitedTooLong)
            moved.abandoned += 1
        } else if try endGrace(
            of: charge, pledge, missedTry: hasMissedRetry(charge, pledge))
        {
            moved.lapsed += 1
        }
    }

    /// Whether a retry was scheduled within the grace and not made, or waits for the next due date.
    private func hasMissedRetry(_ charge: Charge, _ pledge: Pledge) throws -> Bool {
        guard let next = charge.nextStepAt else { return false }
        let day = try zone().date(at: next)
        return day <= Dunning.lapseDate(of: charge, pledge) || day == pledge.nextChargeOn
    }
}
