import Pledging
import Store

/// How a pledge changes: every subject moves it by these.
struct PledgeMoves {
    let change: Change

    /// Lets `cause` happen to a pledge: the state machine decides, `fill` sets what goes with the
    /// new state, and row, event and actions are written. Nil when nothing was to be done.
    @discardableResult
    func move(
        _ pledge: Pledge, by cause: PledgeCause, fill: (inout Pledge) throws -> Void = { _ in }
    ) throws -> Pledge? {
        guard let (state, type, actions) = try pledge.state.on(cause).move() else { return nil }
        var moved = pledge.entering(state, at: change.now)
        try fill(&moved)
        try write(moved, type, from: pledge.state)
        if !state.mayBeCharged { try change.charges.callOff(of: moved.id) }
        for action in actions {
            switch action {
            case .cancelReminders: try change.reminders.cancel(about: moved.id.text)
            case .dropMethod: try dropMethod(of: moved)
            }
        }
        return moved
    }

    /// Stores the next version of a pledge, with its event.
    func write(_ pledge: Pledge, _ type: EventType, from former: PledgeState) throws {
        try change.store.update(pledge, at: change.now)
        try change.emit(type, pledge, from: former)
    }

    /// Resumes with the next charge on that date.
    func resume(_ pledge: Pledge, chargeOn next: CivilDate?) throws -> Pledge {
        let method = try change.method(of: pledge)
        guard method?.kind.isPush != true else {
            throw Problem(
                .conflict, "the reader sends this money; the pledge rests until it can be matched")
        }
        let cause = PledgeCause.resumeDue(methodIsUsable: method?.state.isUsable ?? false)
        return try move(pledge, by: cause) { $0.nextChargeOn = next } ?? pledge
    }

    /// From now on this pledge pays by that method. A charge that was declined is tried again at
    /// once, with the next billing run, or, where it is the same card by another token, on the day
    /// on which it would have been; one that waits for the reader is called off and then tried; one
    /// that is in doubt is left alone.
    func pay(_ pledge: Pledge, by method: PaymentMethod, isSameCard: Bool = false) throws {
        try pledge.refuseIfOver()
        var changed = pledge
        changed.paymentMethodID = method.id
        changed.needsNotice = try change.needsNotice(changed, by: method.kind)
        changed.version += 1
        try write(changed, .pledgeChanged, from: pledge.state)
        guard let charge = try change.store.openCharge(of: pledge.id) else { return }
        switch charge.state {
        case .declined where isSameCard: break
        case .declined, .actionRequired: try change.store.schedule(charge.id, next: change.now)
        case .submitted, .pending, .unknown, .held, .succeeded, .skipped, .cancelled, .closed:
            break
        }
    }

    /// The reader's bank says that nothing more is wanted.
    func revoke(_ pledge: Pledge) throws {
        try move(pledge, by: .cancelAsked) {
            $0.cancellation = Cancellation(reason: .revoked, by: .processor)
        }
    }

    /// A one-off's method has done its work, unless another pledge pays by it.
    private func dropMethod(of pledge: Pledge) throws {
        guard let method = try change.method(of: pledge),
            try change.store.livePledges(payingBy: method).isEmpty
        else { return }
        try change.methods.move(method, by: .removed)
    }
}

extension Change {
    var pledges: PledgeMoves { PledgeMoves(change: self) }
}

extension Moment {
    /// Whether the next charge of a pledge on these terms must be announced: its kind always is,
    /// and so is more a month than was paid the last time, whatever became of the terms
    /// meanwhile. `isRaised` is for a pledge of which no payment is known here.
    func needsNotice(
        _ pledge: Pledge, by kind: PaymentMethod.Kind?, isRaised: Bool = false
    ) throws -> Bool {
        if pledge.alwaysNeedsNotice(by: kind) { return true }
        guard let paid = try store.charge(before: pledge.nextPeriod, of: pledge.id, isPaid: true),
            // What came another way says nothing of the terms.
            paid.processor != nil
        else { return isRaised || pledge.needsNotice }
        return pledge.amount.minorUnits * Int64(paid.periodCount) > paid.amount.minorUnits
    }
}
