/// Whatever takes a finished mail: a folder, a program, a server.
package protocol MailTransport: Sendable {
    /// Hands the message over, once. The outcome never holds an address.
    func deliver(_ message: RenderedMail) async -> MailOutcome
}

/// A message as bytes, with its envelope.
package struct RenderedMail: Hashable, Sendable {
    /// Names files; letters, digits, `_` and `-`.
    package let mailID: String
    package let envelopeFrom: String
    package let envelopeTo: String
    /// With CRLF line ends.
    package let bytes: [UInt8]

    package init(mailID: String, envelopeFrom: String, envelopeTo: String, bytes: [UInt8]) {
        self.mailID = mailID
        self.envelopeFrom = envelopeFrom
        self.envelopeTo = envelopeTo
        self.bytes = bytes
    }
}

/// What became of one attempt. The texts are for operators and hold no address.
package enum MailOutcome: Sendable, Hashable {
    /// Taken: passing it on is the transport's affair from now on.
    case accepted
    /// Not taken now; the same mail may be tried again.
    case retryLater(String)
    /// This mail will never be taken.
    case refused(String)
    /// No mail will be taken until an operator changes something.
    case misconfigured(String)
}
