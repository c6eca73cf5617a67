/// Accepts finished mails: a folder, a program, a server.
package protocol MailTransport: Sendable {
    /// Hands the message over once and returns the outcome, which never contains an address.
    func deliver(_ message: RenderedMail) async -> MailOutcome
}

/// A message as bytes, with its envelope.
package struct RenderedMail: Hashable, Sendable {
    /// Letters, digits, `_` and `-`, because it names files.
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

/// The outcome of one attempt. The texts are for operators and contain no address.
package enum MailOutcome: Sendable, Hashable {
    /// Accepted; from now on the transport is responsible for it.
    case accepted
    /// Not accepted now; the same mail may be tried again.
    case retryLater(String)
    /// This mail will never be accepted.
    case refused(String)
    /// No mail will be accepted until an operator changes something.
    case misconfigured(String)
}
