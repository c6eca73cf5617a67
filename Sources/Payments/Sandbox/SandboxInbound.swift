import OpenSSL
package import Pledging

extension SandboxProcessor {
    /// The signature protects nothing, because its key is a constant. It is there so that the path
    /// of an inbound message can be tested.
    package func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage {
        guard
            let given = headers.first(where: { $0.name.lowercased() == "sandbox-signature" })?.value
        else { throw .unsigned }
        guard constantTimeEquals(Array(given.utf8), Array(SandboxMessages.signature(body).utf8))
        else { throw .wrongSignature }
        guard let message = SandboxMessages.decode(body) else { throw .malformed }
        return InboundMessage(remoteID: message.id, body: body)
    }

    package func news(
        in body: [UInt8], of bookID: String
    ) throws(InboundRefusal) -> [ProcessorNews] {
        guard let message = SandboxMessages.decode(body) else { throw .malformed }
        return message.payment.book == bookID ? SandboxMessages.news(message) : []
    }
}
