package import Pledging
package import Store

// Every transaction of a verb is a `Change` (a write) or a `Look` (a read). SQL is on their
// `store`, behaviour on themselves, so that a call shows its layer.

/// What a read and a write share: the statements, the context and one moment.
package protocol Moment {
    var store: Transaction { get }
    var context: Context { get }
    /// The time, read once before the transaction begins. It is the same when the transaction runs
    /// again.
    var now: Instant { get }
}

/// A read at one moment.
package struct Look: Moment {
    package let store: Transaction
    package let context: Context
    package let now: Instant
}

/// A write at one moment. A driver may run a write twice, and only the last run counts; each run
/// gets a new `Change`.
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

    /// Registers what is done after the commit, in the order of the calls. If the run is rolled
    /// back, it is dropped.
    func afterCommit(_ effect: @escaping Effect) { effects.all.append(effect) }

    typealias Effect = @Sendable () async throws -> Void

    private final class Effects {
        var all: [Effect] = []
    }

    fileprivate var committed: [Effect] { effects.all }
}

extension Context {
    /// Runs `body` in one write. Returns when the commit is durable and its `afterCommit` effects
    /// are done. If `body` throws, nothing is written. A job whose whole run has one moment gives
    /// it as `moment`.
    func change<Answer: Sendable>(
        at moment: Instant? = nil, _ body: @escaping @Sendable (Change) throws -> Answer
    ) async throws -> Answer {
        try await write(at: moment, body)
    }

    /// The same for what a processor or a server has already done: if it is not recorded, it must
    /// be asked about again. While another process keeps the book busy, it retries for some
    /// minutes.
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

    /// Each attempt waits for the driver's busy timeout of five seconds.
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

    /// The same for a few rows by their keys: it is quick and runs on the calling thread.
    func lookUp<Answer: Sendable>(
        _ body: @escaping @Sendable (Look) throws -> Answer
    ) async throws -> Answer {
        let now = now
        return try await book.lookUp { try body(Look(store: $0, context: self, now: now)) }
    }
}

// MARK: The newsroom's time

extension Moment {
    /// Returns the day at this moment in the newsroom's zone.
    func today() throws -> CivilDate { try zone().date(at: now) }

    /// Returns the newsroom's zone. Throws Problem `.unavailable` when this machine does not know
    /// it.
    func zone() throws -> TimeZoneRules {
        guard let newsroom = TimeZoneRules(identifier: try store.newsroom().timeZone) else {
            throw Problem(.unavailable, "this machine does not know the newsroom's time zone")
        }
        return newsroom
    }

    /// Returns a reader's zone, or else the newsroom's.
    func zone(of reader: String?) throws -> TimeZoneRules {
        if let reader, let own = TimeZoneRules(identifier: reader) { return own }
        return try zone()
    }
}

// MARK: What every change of state needs

extension Change {
    /// Returns a new id that contains this moment.
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

    func emit(
        _ type: EventType, _ charge: Charge, from former: ChargeState? = nil,
        about extra: ExtraPayment? = nil
    ) throws {
        try store.append([try event(type, charge, from: former, about: extra)])
    }

    func emit(_ type: EventType, _ reminder: Reminder, from former: ReminderState? = nil) throws {
        try store.append([try event(type, reminder, from: former)])
    }

    func emit(_ type: EventType, _ attention: Attention) throws {
        try store.append([
            try event(type, attention.id.text, attention.version, attention.eventData)
        ])
    }

    func emit(_ type: EventType, _ endpoint: WebhookEndpoint, because reason: String) throws {
        let data = endpoint.eventData(reason: reason)
        try store.append([try event(type, endpoint.id.text, endpoint.version, data)])
    }

    // The same without appending, for events that are appended together.

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
        _ type: EventType, _ charge: Charge, from former: ChargeState? = nil,
        about extra: ExtraPayment? = nil
    ) throws -> Event {
        try event(
            type, charge.id.text, charge.version,
            charge.eventData(previous: former, about: extra))
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
