import Pledging
import Store

/// How a payment method changes: every subject moves it by these.
struct MethodMoves {
    let change: Change

    /// A method that is new to the book, with its event.
    func attach(_ method: PaymentMethod) throws {
        try change.store.insert(method)
        try change.emit(.paymentMethodAttached, method)
    }

    /// Lets `cause` happen to a payment method. Nil when nothing was to be done.
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

    /// The new method is attached and takes over these pledges; the old one, and what was promised
    /// about it, ends.
    func replace(
        _ old: PaymentMethod, by new: PaymentMethod, for pledges: [Pledge],
        isSameCard: Bool = false
    ) throws {
        try attach(new)
        for pledge in pledges { try change.pledges.pay(pledge, by: new, isSameCard: isSameCard) }
        try move(old, by: .replaced, replacedBy: new.id)
        try change.reminders.cancel(about: old.id.text)
    }

    /// The reader's bank says that it is over: the method is dead, and all its pledges end.
    func revoke(_ method: PaymentMethod) throws {
        try move(method, by: .hardDeclined)
        for pledge in try change.store.livePledges(payingBy: method) {
            try change.pledges.revoke(pledge)
        }
    }

    /// Before a person's methods go: their processors are to forget the tokens as well, after what
    /// is in doubt was given time.
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
