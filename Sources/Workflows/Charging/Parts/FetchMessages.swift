import Payments
import Pledging
import Store

/// Asks a processor for the messages that should have come: each is kept as if it had.
enum FetchMessages {
    /// How many were new.
    static func run(
        from processor: any PaymentProcessor, in context: Context
    ) async throws -> Int {
        let name = processor.name
        guard
            let known = try await context.look({ look in
                try look.store.knownProcessors().first { $0.name == name }
            })
        else { return 0 }
        var fetched = 0
        var cursor = known.messageCursor
        let since = known.createdAt.adding(days: -marginDays)
        while true {
            let page: MessagePage
            do throws(ProcessorUnavailable) {
                page = try await processor.messages(after: cursor, since: since)
            } catch {
                context.log(
                    .warning, "messages not fetched",
                    ["processor": "\(name)", "reason": "\(error.reason)"])
                return fetched
            }
            fetched += try await context.change { change in
                var count = 0
                for message in page.messages {
                    let isNew = try change.store.insertProcessorEvent(
                        change.id(), from: name, remoteID: message.remoteID,
                        body: message.body, at: change.now)
                    if isNew { count += 1 }
                }
                if let cursor = page.cursor { try change.store.setMessageCursor(cursor, of: name) }
                return count
            }
            // A page that does not move on would be read for ever.
            guard !page.isLast, page.cursor != cursor else { return fetched }
            cursor = page.cursor
        }
    }

    /// Days before the first charge through a processor: clocks differ.
    private static let marginDays: Int64 = 1
}
