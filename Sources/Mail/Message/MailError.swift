/// Why a message cannot be built. `description` names the field and never its value.
package enum MailError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty(MailField)
    /// A line break, NUL or other control character: in a header it could begin another header.
    case controlCharacter(MailField)
    case malformed(MailField)
    case tooLong(MailField, maximumBytes: Int)
    case nonASCIILocalPart(MailField)
    case dateOutOfRange
    case messageTooLarge

    package var description: String {
        switch self {
        case .empty(let field): "the mail's \(field.rawValue) is empty"
        case .controlCharacter(let field):
            "the mail's \(field.rawValue) contains a line break or another control character"
        case .malformed(let field): "the mail's \(field.rawValue) is malformed"
        case .tooLong(let field, let maximumBytes):
            "the mail's \(field.rawValue) is longer than \(maximumBytes) bytes"
        case .nonASCIILocalPart(let field):
            "the mail's \(field.rawValue) has non-ASCII letters before its @; "
                + "that needs SMTPUTF8, which is not supported"
        case .dateOutOfRange: "the mail's date is not in the years 1970 to 9999"
        case .messageTooLarge: "the mail is larger than \(MailMessage.maximumBytes) bytes"
        }
    }
}

/// A part of a message that can be wrong.
package enum MailField: String, Hashable, Sendable {
    case mailID = "mail id"
    case messageID = "Message-ID"
    case from = "sender"
    case to = "recipient"
    case replyTo = "reply address"
    case subject, text
    case html = "HTML"
    case languageTag = "language tag"
    case listUnsubscribe = "List-Unsubscribe URL"
}
