import Pledging
import Store

/// Writes a payment method's changes, for all subjects.
struct MethodMoves {
    let change: Change

    /// Inserts a new method, with its event.
    func attach(_ method: PaymentMethod) throws {
        try change.store.insert(method)
        try change.emit(.paymentMethodAttached, method)
    }

    /// Applies `cause` to a payment method. Returns the method afterwards; nil when nothing was to
    /// be done. Throws Problem `.conflict` when the state refuses the cause.
    @discardableResult
    func move(
        _ method: PaymentMethod, by cause: PaymentMethodCause,
        replacedBy: ID<PaymentMethod>? = nil
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
        try change.store.update(moved, at: change.now)
        try change.emit(type, moved, from: method.state)
        return moved
    }

    /// Attaches the new method, moves these pledges to it, ends the old method, and cancels the
    /// reminders about it.
    func replace(
        _ old: PaymentMethod, by new: PaymentMethod, for pledges: [Pledge],
        isSameCard: Bool = false
    ) throws {
        try attach(new)
        for pledge in pledges { try change.pledges.pay(pledge, by: new, isSameCard: isSameCard) }
        try move(old, by: .replaced, replacedBy: new.id)
        try change.reminders.cancel(about: old.id.text)
    }

    /// Records that the reader's bank revoked a method: it is dead, and all its pledges end.
    func revoke(_ method: PaymentMethod) throws {
        try move(method, by: .hardDeclined)
        for pledge in try change.store.livePledges(payingBy: method) {
            try change.pledges.revoke(pledge)
        }
    }

    /// Has processors forget a person's tokens; called before the person's methods are removed.
    /// While a charge is in doubt, that waits `doubtDays`.
    func forgetTokens(of person: ID<Supporter>) throws {
        let isInDoubt = try change.store.charges(of: person).contains { $0.state.isInDoubt }
        let from = isInDoubt ? change.now.adding(days: MethodMoves.doubtDays) : change.now
        for method in try change.store.paymentMethods(of: person) {
            try change.store.insertRemoval(change.id(), of: method, from: from, at: change.now)
        }
    }

    /// Days that a token is kept at its processor while a charge by it is in doubt.
    static let doubtDays: Int64 = 25
}

extension Change {
    var methods: MethodMoves { MethodMoves(change: self) }
}
