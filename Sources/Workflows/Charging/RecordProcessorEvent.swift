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
        return try await context.change(at: now) { change in
            try change.store.insertProcessorEvent(
                change.id(), from: name, remoteID: message.remoteID, body: message.body,
                at: change.now)
        }
    }
}
