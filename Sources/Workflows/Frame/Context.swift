package import Logging
import Mail
package import Pledging
package import Store

/// What every verb gets: the book, the time, new ids, the actor and the settings.
package struct Context: Sendable {
    package let book: Book
    package let ids: IDSource
    package private(set) var actor: Actor
    package let settings: Settings
    /// Gets ids, numbers, states and reasons, never what is sealed in the book.
    package private(set) var logger: Logger
    /// The conditions of the request that is being answered; nil when it has none.
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

    /// Returns the context acting as a job.
    package func acting(as job: String) -> Context {
        var context = acting(.job(job))
        context.logger[metadataKey: "job"] = "\(job)"
        return context
    }

    /// Returns the context acting for the program that sent this token.
    package func acting(for token: ID<APIToken>) -> Context { acting(.token(token.text)) }

    /// Returns the context acting for a reader who followed a link.
    package var actingForReader: Context { acting(.reader) }

    /// Returns the context acting for a payment processor.
    func acting(for processor: String) -> Context { acting(.processor(processor)) }

    /// Returns the context on a scratch copy of its book: it logs nothing and has no outbox.
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

    /// Removes mails from the outbox whose rows were deleted. Throws Problem `.inputOutput`.
    func removeFromOutbox(_ mails: [ID<QueuedMail>]) async throws {
        guard !mails.isEmpty else { return }
        _ = try await reachingOutbox { try $0.remove(mails) }
    }

    /// Runs `body` on the outbox. Returns nil when there is none. Throws Problem `.inputOutput`
    /// when it cannot be read or written.
    func reachingOutbox<Answer: Sendable>(
        _ body: @escaping @Sendable (OutboxFolder) throws -> Answer
    ) async throws -> Answer? {
        guard let path = settings.outboxFolder else { return nil }
        do {
            return try await fileCalls.run { try body(OutboxFolder(path: path)) }
        } catch let error as OutboxFailure {
            throw Problem(
                .inputOutput,
                "\(path): \(error); check the owner and permissions of the folder, then run it "
                    + "again")
        }
    }
}
