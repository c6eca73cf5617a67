package import Payments
import Pledging
import Store

/// Verifies an inbound message of a processor over its exact bytes and stores it once, to be
/// applied later. HTTP answers 2xx as soon as this returns.
package enum RecordProcessorEvent {
    /// Stores a message of the processor called `name`. Returns whether it is new. Throws Problem:
    /// `.notFound` when no such processor is set up here, `.invalid` when the message cannot be
    /// verified.
    package static func run(
        _ body: [UInt8], headers: [(name: String, value: String)], named name: String,
        through processors: Processors, in context: Context
    ) async throws -> Bool {
        guard let processor = processors[name] else {
            throw Problem(.notFound, "this processor is not set up here")
        }
        do {
            return try await run(
                body, headers: headers, from: processor, in: context.acting(for: name))
        } catch let refusal as InboundRefusal {
            context.log(
                .warning, "a processor's message was refused",
                ["processor": "\(name)", "reason": "\(refusal)"])
            throw Problem(.invalid, refusal.description)
        }
    }

    /// Returns whether the message is new. Throws InboundRefusal when it cannot be verified; then
    /// nothing is stored.
    package static func run(
        _ body: [UInt8], headers: [(name: String, value: String)],
        from processor: any PaymentProcessor, in context: Context
    ) async throws -> Bool {
        let now = context.now
        let message = try processor.verify(body, headers: headers, at: now)
        let name = processor.name
        return try await context.change(at: now) { change in
            try change.store.insertProcessorEvent(
                change.id(), from: name, remoteID: message.remoteID, body: message.body,
                at: change.now)
        }
    }
}
