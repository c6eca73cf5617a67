package import Payments
import Pledging
import Store

/// An inbound message of a processor: verified to the byte and kept, once, to be applied later. The
/// door answers 2xx as soon as this returns.
package enum RecordProcessorEvent {
    /// From whoever `name` is. Throws Problem: `.notFound` where no such processor is set up here,
    /// `.invalid` where the message is not to be believed.
    package static func run(
        _ body: [UInt8], headers: [(name: String, value: String)], named name: String,
        through processors: Processors, in context: Context
    ) async throws -> Bool {
        guard let processor = processors[name] else {
            throw Problem(.notFound, "no such processor is set up here")
        }
        do {
            return try await run(
                body, headers: headers, from: processor, in: context.acting(for: name))
        } catch let refusal as InboundRefusal {
            context.log(
                .warning, "a processor's message refused",
                ["processor": "\(name)", "reason": "\(refusal)"])
            throw Problem(.invalid, refusal.description)
        }
    }

    /// True when it is new. Throws InboundRefusal where it is not to be believed; then nothing is
    /// kept.
    package static func run(
        _ body: [UInt8], headers: [(name: String, value: String)],
        from processor: any PaymentProcessor, in context: Context
    ) async throws -> Bool {
        let now = context.now
        let message = try processor.verify(body, headers: headers, at: now)
        let name = processor.name
        return try await context.book.write { transaction in
            try transaction.insertProcessorEvent(
                context.id(at: now), from: name, remoteID: message.remoteID, body: message.body,
                at: now)
        }
    }
}

/// Asks a processor for the messages that should have come: each is kept as if it had.
enum FetchMessages {
    /// How many were new.
    static func run(
        from processor: any PaymentProcessor, in context: Context
    ) async throws -> Int {
        let name = processor.name
        guard
            let known = try await context.book.read({ transaction in
                try transaction.knownProcessors().first { $0.name == name }
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
            let now = context.now
            fetched += try await context.book.write { transaction in
                var count = 0
                for message in page.messages {
                    let isNew = try transaction.insertProcessorEvent(
                        context.id(at: now), from: name, remoteID: message.remoteID,
                        body: message.body, at: now)
                    if isNew { count += 1 }
                }
                if let cursor = page.cursor { try transaction.setMessageCursor(cursor, of: name) }
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
