import Pledging
import Store

/// Writes a pledge's changes, for all subjects.
struct PledgeMoves {
    let change: Change

    /// Applies `cause` to a pledge: the state machine decides, `fill` sets what goes with the new
    /// state, and row, event and actions are written. If the pledge may not be charged any more,
    /// its open charge is called off. Returns the pledge afterwards; nil when nothing was to be
    /// done. Throws Problem `.conflict` when the state refuses the cause.
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
            case .tellEnd: try change.tellEnd(of: moved)
            }
        }
        return moved
    }

    /// Stores the next version of a pledge, with its event.
    func write(_ pledge: Pledge, _ type: EventType, from former: PledgeState) throws {
        try change.store.update(pledge, at: change.now)
        try change.emit(type, pledge, from: former)
    }

    /// Resumes a pledge, with its next charge on `next`. Throws Problem `.conflict` when it is not
    /// paused, or the reader pays it by transfer.
    func resume(_ pledge: Pledge, chargeOn next: CivilDate?) throws -> Pledge {
        let method = try change.method(of: pledge)
        guard method?.kind.isPush != true else {
            throw Problem(
                .conflict,
                "the reader pays by transfer; the pledge stays paused until payments can be "
                    + "matched")
        }
        let cause = PledgeCause.resumeDue(methodIsUsable: method?.state.isUsable ?? false)
        return try move(pledge, by: cause) { $0.nextChargeOn = next } ?? pledge
    }

    /// Makes a pledge pay by this method. A declined charge is tried again in the next billing run,
    /// or, if it is the same card under another token, on the day that was planned. A charge that
    /// waits for the reader is called off and then tried again; one in doubt is left alone. Throws
    /// Problem `.conflict` when the pledge is over.
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
        // Whoever gives another method for it wants to keep it.
        case .held where charge.awaitsAnswer:
            try change.charges.keepBoth(of: pledge.id)
        case .submitted, .pending, .unknown, .held, .succeeded, .skipped, .cancelled, .closed:
            break
        }
    }

    /// Ends a pledge because the reader's bank revoked it.
    func revoke(_ pledge: Pledge) throws {
        try move(pledge, by: .cancelAsked) {
            $0.cancellation = Cancellation(reason: .revoked, by: .processor)
        }
    }

    /// Removes the method of a pledge that does not need it any more, unless another pledge pays by
    /// it.
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
    /// Returns whether the next charge of a pledge on these terms must be announced: if its kind
    /// always is, or if it takes more a month than the last payment did. `isRaised` is for a pledge
    /// without a known payment through a processor.
    func needsNotice(
        _ pledge: Pledge, by kind: PaymentMethod.Kind?, isRaised: Bool = false
    ) throws -> Bool {
        if pledge.alwaysNeedsNotice(by: kind) { return true }
        guard let paid = try store.charge(before: pledge.nextPeriod, of: pledge.id, isPaid: true),
            // A payment that came another way says nothing about the terms.
            paid.processor != nil
        else { return isRaised || pledge.needsNotice }
        return pledge.amount.minorUnits * Int64(paid.periodCount) > paid.amount.minorUnits
    }
}
