package import Pledging

/// One mail to one reader, as text and as HTML.
package struct MailMessage: Hashable, Sendable {
    /// Our id of the mail's row. It names files and is not part of the message.
    package var mailID: String
    /// `left@right`, without angle brackets (RFC 5322, 3.6.4).
    package var messageID: String
    package var date: Instant
    package var from: Mailbox
    package var to: Mailbox
    package var replyTo: Mailbox?
    package var subject: String
    package var text: String
    package var html: String
    /// The BCP 47 tag of both parts.
    package var languageTag: String
    /// The URL to which one POST opts the reader out (RFC 8058); nil for a service mail.
    package var listUnsubscribe: String?

    package init(
        mailID: String, messageID: String, date: Instant, from: Mailbox, to: Mailbox,
        replyTo: Mailbox? = nil, subject: String, text: String, html: String,
        languageTag: String, listUnsubscribe: String? = nil
    ) {
        self.mailID = mailID
        self.messageID = messageID
        self.date = date
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.subject = subject
        self.text = text
        self.html = html
        self.languageTag = languageTag
        self.listUnsubscribe = listUnsubscribe
    }

    /// Returns the whole message with CRLF line ends. The same message always gives the same bytes,
    /// because a mail that is sent again after a crash must be identical.
    ///
    /// Throws if a value cannot be used in a header or exceeds its limit; nothing is stripped.
    package func render() throws(MailError) -> [UInt8] {
        try checkMailID(mailID)
        let identifier = try MessageIdentifier(messageID)
        var fields = [
            try HeaderField("Date", [messageDate(date)]),
            try from.headerField("From", .from),
            try to.headerField("To", .to),
        ]
        if let replyTo { fields.append(try replyTo.headerField("Reply-To", .replyTo)) }
        fields += [
            try subjectField(),
            HeaderField("Message-ID", ["<\(messageID)>"]),
            HeaderField("MIME-Version", ["1.0"]),
            HeaderField("Content-Language", [try checkedLanguageTag()]),
            // RFC 3834, 5: keeps automatic replies away.
            HeaderField("Auto-Submitted", ["auto-generated"]),
        ]
        fields += try unsubscribeFields()
        let boundary = identifier.boundary
        fields.append(
            HeaderField("Content-Type", ["multipart/alternative;", "boundary=\"\(boundary)\""]))

        var message = fields.map(\.rendered).joined() + "\r\n"
        message += try part("text/plain", text, .text, boundary)
        message += try part("text/html", html, .html, boundary)
        message += "--\(boundary)--\r\n"
        let bytes = Array(message.utf8)
        guard bytes.count <= MailMessage.maximumBytes else { throw .messageTooLarge }
        return bytes
    }

    /// Returns the bytes of `render()` with the envelope that a transport needs. Throws as
    /// `render()` does.
    package func rendered() throws(MailError) -> RenderedMail {
        RenderedMail(
            mailID: mailID, envelopeFrom: try from.wireAddress(.from),
            envelopeTo: try to.wireAddress(.to), bytes: try render())
    }

    /// Gmail cuts a mail off at about 100 kB; our mails have a tenth of that.
    package static let maximumBytes = 200_000
    /// Mailboxes show about 70 characters of a subject; this limit is 250 Cyrillic letters.
    package static let maximumSubjectBytes = 500
    /// Leaves room in one line of 998 bytes (RFC 5322, 2.1.1), because a URL cannot be folded.
    package static let maximumURLBytes = 900
}

extension MailMessage {
    private func subjectField() throws(MailError) -> HeaderField {
        guard !subject.isEmpty else { throw .empty(.subject) }
        guard subject.utf8.count <= MailMessage.maximumSubjectBytes else {
            throw .tooLong(.subject, maximumBytes: MailMessage.maximumSubjectBytes)
        }
        guard !subject.hasControlCharacters else { throw .controlCharacter(.subject) }
        let name = "Subject"
        return HeaderField(name, unstructuredTokens(subject, after: name.utf8.count + 2))
    }

    private func checkedLanguageTag() throws(MailError) -> String {
        // 35 bytes are enough for every registered tag (RFC 5646, 4.4.1).
        guard (1...35).contains(languageTag.utf8.count),
            languageTag.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") })
        else { throw .malformed(.languageTag) }
        return languageTag
    }

    private func unsubscribeFields() throws(MailError) -> [HeaderField] {
        guard let url = listUnsubscribe else { return [] }
        guard url.utf8.count <= MailMessage.maximumURLBytes else {
            throw .tooLong(.listUnsubscribe, maximumBytes: MailMessage.maximumURLBytes)
        }
        guard !url.hasControlCharacters else { throw .controlCharacter(.listUnsubscribe) }
        guard isWebURL(url) else { throw .malformed(.listUnsubscribe) }
        return [
            HeaderField("List-Unsubscribe", ["<\(url)>"]),
            HeaderField("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]),
        ]
    }

    private func part(
        _ type: String, _ content: String, _ field: MailField, _ boundary: String
    ) throws(MailError) -> String {
        guard !content.isEmpty else { throw .empty(field) }
        guard content.utf8.count <= MailMessage.maximumBytes else { throw .messageTooLarge }
        let fields = [
            HeaderField("Content-Type", ["\(type);", "charset=utf-8"]),
            HeaderField("Content-Transfer-Encoding", ["quoted-printable"]),
        ]
        return "--\(boundary)\r\n" + fields.map(\.rendered).joined() + "\r\n"
            + quotedPrintable(content) + "\r\n"
    }
}
