import Pledging
import Store

/// Writes a charge's changes, without what follows for others, which Charging decides. These
/// functions call no other moves, so no cycle can arise.
struct ChargeMoves {
    let change: Change

    /// Applies `cause` to a charge: the state machine decides, `fill` sets what goes with the new
    /// state, and row and event are written. Returns the charge and the actions, which the caller
    /// must carry out; nil when nothing was to be done. Throws Problem `.conflict` when the state
    /// refuses the cause.
    func write(
        _ charge: Charge, by cause: ChargeCause, because decline: Decline? = nil,
        fill: (inout Charge) throws -> Void = { _ in }
    ) throws -> (charge: Charge, actions: [ChargeAction])? {
        guard let (state, type, actions) = try charge.state.on(cause).move() else { return nil }
        var moved = charge
        moved.state = state
        moved.reason = decline?.code
        moved.version += 1
        moved.nextStepAt = nil
        try fill(&moved)
        try change.store.update(moved, at: change.now)
        try change.emit(type, moved, from: charge.state)
        if moved.state.isOver, moved.attempts > 0, charge.state == .held || moved.attempts > 1 {
            try change.attention.resolve(.chargeImpossible, moved.id.text)
        }
        return (moved, actions)
    }

    /// Inserts a new charge, with its first event.
    func begin(_ charge: Charge, _ type: EventType) throws {
        try change.store.insert(charge)
        try change.emit(type, charge)
    }

    /// Writes the next version of a charge whose state stays, with its event, which may be about
    /// an extra payment. Returns it.
    @discardableResult
    func appendVersion(
        _ type: EventType, of charge: Charge, about extra: ExtraPayment? = nil,
        fill: (inout Charge) throws -> Void = { _ in }
    ) throws -> Charge {
        var changed = charge
        changed.version += 1
        try fill(&changed)
        try change.store.update(changed, at: change.now)
        try change.emit(type, changed, from: charge.state, about: extra)
        return changed
    }

    /// The reader gave again and keeps both pledges: the charge that was held for their answer is
    /// tried in the next run. Returns false if the question is not open.
    @discardableResult
    func keepBoth(of pledge: ID<Pledge>) throws -> Bool {
        guard let charge = try change.store.openCharge(of: pledge),
            charge.awaitsAnswer
        else { return false }
        try appendVersion(.chargeHeld, of: charge) {
            $0.reason = nil
            $0.nextStepAt = change.now
        }
        return true
    }

    /// Calls off the open charge of a pledge, which is paused or over, for example. A charge in
    /// doubt stays, because a late success counts. One that waits for the reader is later called
    /// off at the processor, too. Returns the charge that was called off; nil when there was none.
    @discardableResult
    func callOff(of pledge: ID<Pledge>) throws -> Charge? {
        guard let charge = try change.store.openCharge(of: pledge) else { return nil }
        let waitedForReader = charge.state == .actionRequired
        return try write(charge, by: .unwanted) {
            $0.nextStepAt = waitedForReader ? change.now : nil
        }?.charge
    }
}

extension Moment {
    /// Whether the reader of a failed pledge, who gave again, has not answered yet.
    func isAskedAbout(_ pledge: Pledge) throws -> Bool {
        try pledge.state == .pastDue && store.openCharge(of: pledge.id)?.awaitsAnswer == true
    }
}

extension Change {
    var charges: ChargeMoves { ChargeMoves(change: self) }
}
