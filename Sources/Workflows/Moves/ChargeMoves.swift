import Pledging
import Store

extension Transaction {
    func existingCharge(_ id: ID<Charge>) throws -> Charge {
        guard let charge = try charge(id) else { throw Problem.noSuch("charge", id.text) }
        return charge
    }

    /// Lets `cause` happen to a charge: the state machine decides, `change` fills in what goes with
    /// the new state, and row, event and actions are written. Nil when nothing was to be done.
    @discardableResult
    func move(
        _ charge: Charge, by cause: ChargeCause, because decline: Decline? = nil,
        in context: Context, at now: Instant, change: (inout Charge) throws -> Void = { _ in }
    ) throws -> Charge? {
        guard let (state, type, actions) = try charge.state.on(cause).move() else { return nil }
        var moved = charge
        moved.state = state
        moved.reason = decline?.code
        moved.version += 1
        moved.nextStepAt = nil
        try change(&moved)
        try update(moved, at: now)
        try append([try context.event(type, moved, from: charge.state, at: now)])
        for action in actions {
            switch action {
            case .bookSuccess: try bookSuccess(of: moved, from: charge.state, in: context, at: now)
            case .bookFailure:
                try bookFailure(of: moved, decline ?? .notReceived, in: context, at: now)
            }
        }
        return moved
    }

    /// A charge that was just made, with the event of its first version.
    func begin(
        _ charge: Charge, _ type: EventType, in context: Context, at now: Instant
    ) throws {
        try insert(charge)
        try append([try context.event(type, charge, at: now)])
    }

    /// A pledge that rests or is over wants no open charge; one that is in doubt stays, because a
    /// late success is money. What waits for the reader is called off at the processor.
    func cancelOpenCharge(of pledge: ID<Pledge>, in context: Context, at now: Instant) throws {
        guard let charge = try openCharge(of: pledge) else { return }
        let waitedForReader = charge.state == .actionRequired
        try move(charge, by: .unwanted, in: context, at: now) {
            $0.nextStepAt = waitedForReader ? now : nil
        }
    }

    // MARK: What follows in the pledge

    /// Money came: the pledge is counted and moved, and the reader hears of it.
    func bookSuccess(
        of charge: Charge, from former: ChargeState, in context: Context, at now: Instant
    ) throws {
        let pledge = try existingPledge(charge.pledgeID)
        let day = try zone(nil).date(at: charge.paidAt ?? now)
        let kind = try pledge.paymentMethodID.flatMap { try paymentMethod($0) }?.kind
        try countPayment(
            of: pledge.id, charge.amount, on: day, needsNotice: needsNotice(pledge, by: kind),
            at: now)
        if former != .submitted || charge.attempts > 1 {
            try cancelReminders(about: charge.id.text, in: context, at: now)
        }
        try queueReceipt(for: charge, of: pledge, paidOn: day, in: context, at: now)
        // Late money for an older period does not mend a later one, which would wait for ever.
        let isStillOwed = try openCharge(of: pledge.id).map {
            $0.id != charge.id && ($0.state == .declined || $0.state == .actionRequired)
        }
        if pledge.state != .active, isStillOwed != true {
            let counted = try existingPledge(pledge.id)
            try move(counted, by: .chargeSucceeded(pledge.interval), in: context, at: now) { _ in }
        }
    }

    /// What a decline means for pledge and method.
    private func bookFailure(
        of charge: Charge, _ decline: Decline, in context: Context, at now: Instant
    ) throws {
        let pledge = try existingPledge(charge.pledgeID)
        if !pledge.state.isFinal {
            try move(pledge, by: .chargeFailed, in: context, at: now) { _ in }
        }
        // The method that was tried, which may not be the pledge's any more.
        let tried = try attempt(charge.id, charge.attempts)?.paymentMethodID
        if let method = try (tried ?? pledge.paymentMethodID).flatMap({ try paymentMethod($0) }) {
            switch decline.bucket {
            case .hard: try move(method, by: .hardDeclined, in: context, at: now)
            case .revoked: try revoke(method, in: context, at: now)
            case .needsSupporter:
                if decline.code == "expired_card" {
                    try move(method, by: .expiryPassed, in: context, at: now)
                }
            case .soft, .operator, .unknownOutcome: break
            }
        }
        // A late answer may meet a pledge that rests or is over.
        let present = try existingPledge(charge.pledgeID)
        if present.state.isFinal || present.state == .paused {
            try cancelOpenCharge(of: present.id, in: context, at: now)
        }
    }

    /// The reader's bank says that it is over: the method is dead, and all its pledges end.
    func revoke(_ method: PaymentMethod, in context: Context, at now: Instant) throws {
        try move(method, by: .hardDeclined, in: context, at: now)
        for pledge in try livePledges(payingBy: method) {
            try revoke(pledge, in: context, at: now)
        }
    }

    /// The reader's bank says that nothing more is wanted.
    func revoke(_ pledge: Pledge, in context: Context, at now: Instant) throws {
        try move(pledge, by: .cancelAsked, in: context, at: now) {
            $0.cancellation = Cancellation(reason: .revoked, by: .processor)
        }
    }

    /// One receipt for each charge, unless the reader wants one a year; where a mail could put the
    /// reader at risk, only for the first.
    private func queueReceipt(
        for charge: Charge, of pledge: Pledge, paidOn day: CivilDate, in context: Context,
        at now: Instant
    ) throws {
        guard pledge.receipts == .each, let supporter = try supporter(pledge.supporterID),
            supporter.contact != nil
        else { return }
        let policy = try policy(for: supporter, by: riskTable(at: now))
        guard policy == .allow || pledge.chargesSucceeded == 0 else { return }
        try enqueue([
            QueuedMail(
                id: try context.id(at: now), supporterID: supporter.id, kind: .receipt,
                subjectID: charge.id.text, period: "1", reminderID: nil,
                parameters: QueuedMail.Parameters(
                    amount: charge.amount, interval: pledge.interval, date: day,
                    periods: charge.periodCount, nextDate: nextDate(of: pledge)),
                createdAt: now)
        ])
    }

    private func nextDate(of pledge: Pledge) -> CivilDate? {
        switch pledge.state {
        case .pending, .active, .pastDue: pledge.interval == .once ? nil : pledge.nextChargeOn
        case .paused: pledge.nextChargeOn
        case .completed, .cancelled, .lapsed, .abandoned: nil
        }
    }
}
