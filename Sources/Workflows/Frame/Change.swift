package import Pledging
package import Store

// Every transaction of a verb is a `Change` (a write) or a `Look` (a read). SQL hangs on their
// `store`, behaviour on them, so that a call shows its layer.

/// What a read and a write have in common: the statements, the context, and one moment.
package protocol Moment {
    var store: Transaction { get }
    var context: Context { get }
    /// Read once, before the transaction begins; the same when the transaction runs again.
    var now: Instant { get }
}

/// One read, one moment.
package struct Look: Moment {
    package let store: Transaction
    package let context: Context
    package let now: Instant
}

/// One write, one moment. Made anew for each run: a driver may run a write twice, and only the last
/// run counts.
package struct Change: Moment {
    package let store: Transaction
    package let context: Context
    package let now: Instant
    private let effects = Effects()

    init(_ store: Transaction, _ context: Context, _ now: Instant) {
        self.store = store
        self.context = context
        self.now = now
    }

    /// Done once this write is committed, in the order of the calls; dropped with a run that is
    /// rolled back.
    func afterCommit(_ effect: @escaping Effect) { effects.all.append(effect) }

    typealias Effect = @Sendable () async throws -> Void

    private final class Effects {
        var all: [Effect] = []
    }

    fileprivate var committed: [Effect] { effects.all }
}

extension Context {
    /// Runs `body` in one write and returns after the commit is durable and what was to follow it
    /// is done. An error of `body` leaves nothing behind. `moment` is for a job whose whole run
    /// goes by one moment.
    func change<Answer: Sendable>(
        at moment: Instant? = nil, _ body: @escaping @Sendable (Change) throws -> Answer
    ) async throws -> Answer {
        try await write(at: moment, body)
    }

    /// The same for what the outside has done: it must be recorded, or it is asked about again.
    /// While another process keeps the book busy, it is tried for some minutes.
    func record<Answer: Sendable>(
        at moment: Instant? = nil, _ body: @escaping @Sendable (Change) throws -> Answer
    ) async throws -> Answer {
        let now = moment ?? now
        for _ in 1..<Context.recordAttempts {
            do {
                return try await write(at: now, body)
            } catch DriverError.busy {
                continue
            }
        }
        return try await write(at: now, body)
    }

    /// Each waits for the driver's busy timeout of five seconds.
    private static let recordAttempts = 60

    private func write<Answer: Sendable>(
        at moment: Instant?, _ body: @escaping @Sendable (Change) throws -> Answer
    ) async throws -> Answer {
        let now = moment ?? now
        let (answer, effects) = try await book.write { store in
            let change = Change(store, self, now)
            return (try body(change), change.committed)
        }
        for effect in effects { try await effect() }
        return answer
    }

    /// Runs `body` in one read.
    func look<Answer: Sendable>(
        at moment: Instant? = nil, _ body: @escaping @Sendable (Look) throws -> Answer
    ) async throws -> Answer {
        let now = moment ?? now
        return try await book.read { try body(Look(store: $0, context: self, now: now)) }
    }

    /// The same for a few rows by their keys: quick, and on the calling thread.
    func lookUp<Answer: Sendable>(
        _ body: @escaping @Sendable (Look) throws -> Answer
    ) async throws -> Answer {
        let now = now
        return try await book.lookUp { try body(Look(store: $0, context: self, now: now)) }
    }
}

// MARK: The newsroom's time

extension Moment {
    /// The newsroom's own day at this moment.
    func today() throws -> CivilDate { try zone().date(at: now) }

    /// The newsroom's zone.
    func zone() throws -> TimeZoneRules {
        guard let newsroom = TimeZoneRules(identifier: try store.newsroom().timeZone) else {
            throw Problem(.unavailable, "the newsroom's time zone is unknown to this machine")
        }
        return newsroom
    }

    /// A reader's zone, else the newsroom's.
    func zone(of reader: String?) throws -> TimeZoneRules {
        if let reader, let own = TimeZoneRules(identifier: reader) { return own }
        return try zone()
    }
}

// MARK: What every change of state needs

extension Change {
    /// A new id that carries this moment.
    func id<Entity: Identified>() throws -> ID<Entity> { try context.ids.next(at: now) }

    /// Appends the event of a change of state.
    func emit(_ type: EventType, _ supporter: Supporter) throws {
        try store.append([try event(type, supporter)])
    }

    func emit(
        _ type: EventType, _ method: PaymentMethod, from former: PaymentMethodState? = nil
    ) throws {
        try store.append([try event(type, method, from: former)])
    }

    func emit(_ type: EventType, _ pledge: Pledge, from former: PledgeState? = nil) throws {
        try store.append([try event(type, pledge, from: former)])
    }

    func emit(_ type: EventType, _ charge: Charge, from former: ChargeState? = nil) throws {
        try store.append([try event(type, charge, from: former)])
    }

    func emit(_ type: EventType, _ reminder: Reminder, from former: ReminderState? = nil) throws {
        try store.append([try event(type, reminder, from: former)])
    }

    func emit(_ type: EventType, _ endpoint: WebhookEndpoint, because reason: String) throws {
        let data = endpoint.eventData(reason: reason)
        try store.append([try event(type, endpoint.id.text, endpoint.version, data)])
    }

    // The same without appending them: several are appended together.

    func event(_ type: EventType, _ supporter: Supporter) throws -> Event {
        try event(type, supporter.id.text, supporter.version, supporter.eventData)
    }

    func event(
        _ type: EventType, _ method: PaymentMethod, from former: PaymentMethodState? = nil
    ) throws -> Event {
        try event(type, method.id.text, method.version, method.eventData(previous: former))
    }

    func event(
        _ type: EventType, _ pledge: Pledge, from former: PledgeState? = nil
    ) throws -> Event {
        try event(type, pledge.id.text, pledge.version, pledge.eventData(previous: former))
    }

    func event(
        _ type: EventType, _ charge: Charge, from former: ChargeState? = nil
    ) throws -> Event {
        try event(type, charge.id.text, charge.version, charge.eventData(previous: former))
    }

    func event(
        _ type: EventType, _ reminder: Reminder, from former: ReminderState? = nil
    ) throws -> Event {
        try event(type, reminder.id.text, reminder.version, reminder.eventData(previous: former))
    }

    private func event(
        _ type: EventType, _ subject: String, _ version: Int64, _ data: JSON
    ) throws -> Event {
        Event(
            id: try id(), type: type, subjectID: subject, sequence: version, at: now,
            actor: context.actor, data: data)
    }
}
