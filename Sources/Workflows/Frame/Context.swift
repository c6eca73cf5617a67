package import Logging
import Mail
package import Pledging
package import Store

/// What every verb is handed: the book, the time, new ids, who acts, and the settings.
package struct Context: Sendable {
    package let book: Book
    package let ids: IDSource
    package let actor: Actor
    package let settings: Settings
    /// Ids, numbers, states and reasons go there; never what only the ring may tell.
    package let logger: Logger
    private let clock: @Sendable () -> Instant

    /// Without a logger nothing is logged.
    package init(
        book: Book, ids: IDSource, actor: Actor, settings: Settings,
        logger: Logger = Logger(label: "none") { _ in SwiftLogNoOpLogHandler() },
        clock: @escaping @Sendable () -> Instant
    ) {
        self.logger = logger
        self.book = book
        self.ids = ids
        self.actor = actor
        self.settings = settings
        self.clock = clock
    }

    package var now: Instant { clock() }

    /// The same, acting as a job.
    package func acting(as job: String) -> Context {
        var logger = logger
        logger[metadataKey: "job"] = "\(job)"
        return Context(
            book: book, ids: ids, actor: .job(job), settings: settings, logger: logger,
            clock: clock)
    }

    /// The same, acting for a program that showed this token.
    package func acting(for token: ID<APIToken>) -> Context {
        Context(
            book: book, ids: ids, actor: .token(token.text), settings: settings, logger: logger,
            clock: clock)
    }

    /// The same, acting for the reader who followed a link of theirs.
    package var actingForReader: Context {
        Context(
            book: book, ids: ids, actor: .reader, settings: settings, logger: logger, clock: clock)
    }

    /// The same on a book whose writes are looked at.
    func checking(_ check: WriteCheck) -> Context {
        Context(
            book: book.checked(by: check), ids: ids, actor: actor, settings: settings,
            logger: logger, clock: clock)
    }

    /// The same, acting for a payment processor.
    func acting(for processor: String) -> Context {
        Context(
            book: book, ids: ids, actor: .processor(processor), settings: settings, logger: logger,
            clock: clock)
    }

    /// Mails that lie in the outbox go with the rows that they were made of.
    func removeFromOutbox(_ mails: [ID<QueuedMail>]) throws {
        _ = try reachingOutbox { try $0.remove(mails) }
    }

    /// Nil where no outbox is kept.
    func reachingOutbox<Answer>(_ body: (OutboxFolder) throws -> Answer) throws -> Answer? {
        guard let path = settings.outboxFolder else { return nil }
        do {
            return try body(OutboxFolder(path: path))
        } catch let error as OutboxFailure {
            throw Problem(
                .inputOutput,
                "\(path): \(error); see to its owner and permissions, then run it again")
        }
    }

    /// A new id that carries the time `now`.
    func id<Entity: Identified>(at now: Instant) throws -> ID<Entity> { try ids.next(at: now) }

    // MARK: Events, one for each change of state

    func event(_ type: EventType, _ supporter: Supporter, at now: Instant) throws -> Event {
        try event(type, supporter.id.text, supporter.version, supporter.eventData, now)
    }

    func event(
        _ type: EventType, _ method: PaymentMethod, from previous: PaymentMethodState? = nil,
        at now: Instant
    ) throws -> Event {
        try event(type, method.id.text, method.version, method.eventData(previous: previous), now)
    }

    func event(
        _ type: EventType, _ pledge: Pledge, from previous: PledgeState? = nil, at now: Instant
    ) throws -> Event {
        try event(type, pledge.id.text, pledge.version, pledge.eventData(previous: previous), now)
    }

    func event(
        _ type: EventType, _ charge: Charge, from previous: ChargeState? = nil, at now: Instant
    ) throws -> Event {
        try event(type, charge.id.text, charge.version, charge.eventData(previous: previous), now)
    }

    func event(
        _ type: EventType, _ reminder: Reminder, from previous: ReminderState? = nil,
        at now: Instant
    ) throws -> Event {
        try event(
            type, reminder.id.text, reminder.version, reminder.eventData(previous: previous), now)
    }

    func event(
        _ type: EventType, _ endpoint: WebhookEndpoint, _ reason: String, at now: Instant
    ) throws -> Event {
        try event(
            type, endpoint.id.text, endpoint.version, endpoint.eventData(reason: reason), now)
    }

    private func event(
        _ type: EventType, _ subject: String, _ version: Int64, _ data: JSON, _ now: Instant
    ) throws -> Event {
        Event(
            id: try id(at: now), type: type, subjectID: subject, sequence: version, at: now,
            actor: actor, data: data)
    }
}
