import Pledging
import Store

extension Transaction {
    func existingPledge(_ id: ID<Pledge>) throws -> Pledge {
        guard let pledge = try pledge(id) else { throw Problem.noSuch("pledge", id.text) }
        return pledge
    }

    /// Lets `cause` happen to a pledge: the state machine decides, `change` fills in what goes with
    /// the new state, and row, event and actions are written. Nil when nothing was to be done.
    @discardableResult
    func move(
        _ pledge: Pledge, by cause: PledgeCause, in context: Context, at now: Instant,
        change: (inout Pledge) throws -> Void
    ) throws -> Pledge? {
        guard let (state, type, actions) = try pledge.state.on(cause).move() else { return nil }
        var moved = pledge
        moved.state = state
        moved.version += 1
        if state != .paused {
            moved.pausedUntil = nil
            moved.dueBeforePause = nil
        }
        if state.isFinal {
            moved.nextChargeOn = nil
            moved.endedAt = now
        }
        try change(&moved)
        try update(moved, at: now)
        try append([try context.event(type, moved, from: pledge.state, at: now)])
        if !state.mayBeCharged { try cancelOpenCharge(of: moved.id, in: context, at: now) }
        for action in actions {
            switch action {
            case .cancelReminders: try cancelReminders(about: moved.id.text, in: context, at: now)
            case .dropMethod: try dropMethod(of: moved, in: context, at: now)
            }
        }
        return moved
    }

    /// Whether the next charge of a pledge on these terms must be announced: its kind always is,
    /// and so is more a month than was paid the last time, whatever became of the terms
    /// meanwhile. `isRaised` is for a pledge of which no payment is known here.
    func needsNotice(
        _ pledge: Pledge, by kind: PaymentMethod.Kind?, isRaised: Bool = false
    ) throws -> Bool {
        if pledge.alwaysNeedsNotice(by: kind) { return true }
        guard let paid = try charge(before: pledge.nextPeriod, of: pledge.id, isPaid: true),
            // What came another way says nothing of the terms.
            paid.processor != nil
        else { return isRaised || pledge.needsNotice }
        return pledge.amount.minorUnits * Int64(paid.periodCount) > paid.amount.minorUnits
    }

    /// What was promised about a pledge or method is not wanted any more.
    func cancelReminders(about subjectID: String, in context: Context, at now: Instant) throws {
        for reminder in try scheduledReminders(about: subjectID) {
            try cancel(reminder, in: context, at: now)
        }
    }

    @discardableResult
    func cancel(
        _ reminder: Reminder, in context: Context, at now: Instant
    ) throws -> Reminder {
        guard let (state, type, _) = try reminder.state.on(.cancelAsked).move() else {
            return reminder
        }
        var cancelled = reminder
        cancelled.state = state
        cancelled.version += 1
        try update(cancelled, at: now)
        try append([try context.event(type, cancelled, from: reminder.state, at: now)])
        return cancelled
    }

    /// A one-off's method has done its work, unless another pledge pays by it.
    private func dropMethod(of pledge: Pledge, in context: Context, at now: Instant) throws {
        guard let method = try pledge.paymentMethodID.flatMap({ try paymentMethod($0) }),
            try livePledges(payingBy: method).isEmpty
        else { return }
        try move(method, by: .removed, in: context, at: now)
    }

    /// Lets `cause` happen to a payment method. Nil when nothing was to be done.
    @discardableResult
    func move(
        _ method: PaymentMethod, by cause: PaymentMethodCause,
        replacedBy: ID<PaymentMethod>? = nil, in context: Context, at now: Instant
    ) throws -> PaymentMethod? {
        guard let (state, type, actions) = try method.state.on(cause).move() else { return nil }
        var moved = method
        moved.state = state
        moved.version += 1
        moved.replacedByID = replacedBy
        for action in actions {
            switch action {
            case .dropSecret: moved.secret = nil
            }
        }
        try update(moved, at: now)
        try append([try context.event(type, moved, from: method.state, at: now)])
        return moved
    }
}
