import Payments
import Pledging
import Store

/// Fetches the messages that a processor should have sent, and stores each as if it had come by
/// itself.
enum FetchMessages {
    struct Fetched: Sendable {
        /// How many messages were new.
        var count = 0
        /// Why the list could not be read to its end; nil if it was.
        var failure: String?
    }

    /// A processor that the book does not know yet has no messages for it.
    static func run(
        from processor: any PaymentProcessor, in context: Context
    ) async throws -> Fetched {
        let name = processor.name
        guard
            let known = try await context.look({ look in
                try look.store.knownProcessors().first { $0.name == name }
            })
        else { return Fetched() }
        var fetched = Fetched()
        var cursor = known.messageCursor
        let since = known.createdAt.adding(days: -marginDays)
        while true {
            let page: MessagePage
            do throws(ProcessorUnavailable) {
                page = try await processor.messages(after: cursor, since: since)
            } catch {
                fetched.failure = error.reason
                return fetched
            }
            fetched.count += try await context.change { change in
                var count = 0
                for message in page.messages {
                    let isNew = try change.store.insertProcessorEvent(
                        change.id(), from: name, remoteID: message.remoteID,
                        body: message.body, at: change.now)
                    if isNew { count += 1 }
                }
                if let cursor = page.cursor { try change.store.setMessageCursor(cursor, of: name) }
                if page.isLast { try change.store.setMessagesRead(of: name, at: change.now) }
                return count
            }
            // If the cursor does not change, the same page would be read for ever.
            guard !page.isLast, page.cursor != cursor else { return fetched }
            cursor = page.cursor
        }
    }

    /// Days before the first charge through a processor from which messages are read, because
    /// clocks differ.
    private static let marginDays: Int64 = 1
}
