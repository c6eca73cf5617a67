import Pledging
import Store

/// How a charge's row changes, without what that means for others: Charging decides it. These call
/// no other moves, so that no move comes back to where it began.
struct ChargeMoves {
    let change: Change

    /// Lets `cause` happen to a charge: the state machine decides, `fill` sets what goes with the
    /// new state, and row and event are written. Nil when nothing was to be done; the actions are
    /// the caller's.
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
        return (moved, actions)
    }

    /// A charge that was just made, with the event of its first version.
    func begin(_ charge: Charge, _ type: EventType) throws {
        try change.store.insert(charge)
        try change.emit(type, charge)
    }

    /// Something happened to a charge that leaves its state: one version, one event.
    func appendVersion(
        _ type: EventType, of charge: Charge, fill: (inout Charge) throws -> Void = { _ in }
    ) throws {
        var changed = charge
        changed.version += 1
        try fill(&changed)
        try change.store.update(changed, at: change.now)
        try change.emit(type, changed, from: charge.state)
    }

    /// A pledge that rests or is over wants no open charge; one that is in doubt stays, because a
    /// late success is money. What waits for the reader is called off at the processor. Returns the
    /// charge that was called off.
    @discardableResult
    func callOff(of pledge: ID<Pledge>) throws -> Charge? {
        guard let charge = try change.store.openCharge(of: pledge) else { return nil }
        let waitedForReader = charge.state == .actionRequired
        return try write(charge, by: .unwanted) {
            $0.nextStepAt = waitedForReader ? change.now : nil
        }?.charge
    }
}

extension Change {
    var charges: ChargeMoves { ChargeMoves(change: self) }
}
