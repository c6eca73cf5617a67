import Payments
import Pledging
import Store

/// Before its first charge through a processor, a book must have read all payments that the
/// processor has of this book's id: the book may be a copy, and another copy may have charged.
/// What says that it was done is in the book, for each processor.
enum FirstUse {
    /// Demands that payments be read: of each processor that the book does not know yet, if it has
    /// methods of it, or was a copy and the processor is live; and of each whose messages were not
    /// read for so long that another copy may have charged unseen.
    static func demand(of processors: Processors, in context: Context) async throws {
        let unread = try await context.look { look in
            try processors.all.filter { try since(of: $0, in: look) != nil }
        }
        guard !unread.isEmpty else { return }
        try await context.change { change in
            for processor in unread {
                guard let since = try since(of: processor, in: change) else { continue }
                try change.admit(processor)
                try change.store.setReconcileSince(since, of: processor.name)
                // The processor may have dropped the message at which the book's cursor stands.
                if since.adding(days: messageDays) < change.now {
                    try change.store.clearMessageCursor(of: processor.name)
                }
            }
        }
    }

    /// Returns from when on a processor's payments must be read; nil if nothing new demands it.
    private static func since(
        of processor: any PaymentProcessor, in moment: some Moment
    ) throws -> Instant? {
        let all = try moment.store.knownProcessors()
        guard let known = all.first(where: { $0.name == processor.name }) else {
            let fits = all.allSatisfy { $0.mode == processor.mode.rawValue }
            // The other copy may have had methods that this one has not. In test mode no money is
            // at stake, and registering the Sandbox would bar a live processor from the book.
            let mayHavePaid =
                try moment.store.hasMethod(of: processor.name)
                || (processor.mode == .live && moment.store.releasedAt() != nil)
            guard fits, mayHavePaid else { return nil }
            // No payment of this book is older than the book's id.
            let made = uuidVersion7Moment(of: moment.context.book.keys.bookID.bits)
            return (made ?? Instant(milliseconds: 0)).adding(days: -marginDays)
        }
        // A copy of this book may have charged since, and a bank debit makes no message before it
        // is decided. While the keys of its calls are remembered, a repeated call takes nothing.
        let gapHours = processor.keyLifetimeHours - marginHours
        guard known.reconcileSince == nil, let read = known.messagesReadAt,
            read.adding(hours: gapHours) < moment.now
        else { return nil }
        return read.adding(days: -marginDays)
    }

    /// Returns the names of the processors whose payments are still to be read. After a release
    /// they are all that are set up, if one of them is: a pledge may have been moved from one to
    /// the other since the copy was made.
    static func waiting(of processors: Processors, in context: Context) async throws -> [String] {
        try await context.look { look in
            let waiting = try look.store.knownProcessors()
                .filter { $0.reconcileSince != nil && processors[$0.name] != nil }
            guard !waiting.isEmpty, try look.store.releasedAt() != nil else {
                return waiting.map(\.name)
            }
            return processors.all.map(\.name)
        }
    }

    /// Days for which every processor surely keeps its messages.
    private static let messageDays: Int64 = 20
    /// Hours by which a call may follow the reading of messages.
    private static let marginHours: Int64 = 2
    /// Clocks differ.
    private static let marginDays: Int64 = 1
}
