package import Logging
import Mail
package import Pledging
package import Store

/// What every verb is handed: the book, the time, new ids, who acts, and the settings.
package struct Context: Sendable {
    package let book: Book
    package let ids: IDSource
    package private(set) var actor: Actor
    package let settings: Settings
    /// Ids, numbers, states and reasons go there; never what only the ring may tell.
    package private(set) var logger: Logger
    /// Of the request that is being answered; nil where there are none.
    var conditions: OpenConditions?
    let fileCalls: FileCalls
    private let clock: @Sendable () -> Instant

    /// Without a logger nothing is logged.
    package init(
        book: Book, ids: IDSource, actor: Actor, settings: Settings,
        logger: Logger = Logger(label: "none") { _ in SwiftLogNoOpLogHandler() },
        fileCalls: FileCalls = .onOwnThreads,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.logger = logger
        self.book = book
        self.ids = ids
        self.actor = actor
        self.settings = settings
        self.fileCalls = fileCalls
        self.clock = clock
    }

    package var now: Instant { clock() }

    /// The same, acting as a job.
    package func acting(as job: String) -> Context {
        var context = acting(.job(job))
        context.logger[metadataKey: "job"] = "\(job)"
        return context
    }

    /// The same, acting for a program that showed this token.
    package func acting(for token: ID<APIToken>) -> Context { acting(.token(token.text)) }

    /// The same, acting for the reader who followed a link of theirs.
    package var actingForReader: Context { acting(.reader) }

    /// The same, acting for a payment processor.
    func acting(for processor: String) -> Context { acting(.processor(processor)) }

    /// The same on a scratch copy of its book: nothing is logged, and there is no outbox.
    func onScratchCopy(_ copy: Book) -> Context {
        var settings = settings
        settings.outboxFolder = nil
        return Context(
            book: copy, ids: ids, actor: actor, settings: settings, fileCalls: fileCalls,
            clock: clock)
    }

    private func acting(_ actor: Actor) -> Context {
        var context = self
        context.actor = actor
        return context
    }

    /// Mails that lie in the outbox go with the rows that they were made of.
    func removeFromOutbox(_ mails: [ID<QueuedMail>]) async throws {
        guard !mails.isEmpty else { return }
        _ = try await reachingOutbox { try $0.remove(mails) }
    }

    /// Nil where no outbox is kept.
    func reachingOutbox<Answer: Sendable>(
        _ body: @escaping @Sendable (OutboxFolder) throws -> Answer
    ) async throws -> Answer? {
        guard let path = settings.outboxFolder else { return nil }
        do {
            return try await fileCalls.run { try body(OutboxFolder(path: path)) }
        } catch let error as OutboxFailure {
            throw Problem(
                .inputOutput,
                "\(path): \(error); see to its owner and permissions, then run it again")
        }
    }
}
