import Pledging

/// A Message-ID that has been checked.
struct MessageIdentifier {
    private let left: String

    init(_ messageID: String) throws(MailError) {
        guard !messageID.isEmpty else { throw .empty(.messageID) }
        guard !messageID.hasControlCharacters else { throw .controlCharacter(.messageID) }
        guard messageID.utf8.count <= MessageIdentifier.maximumBytes else {
            throw .tooLong(.messageID, maximumBytes: MessageIdentifier.maximumBytes)
        }
        let sides = messageID.split(separator: "@", omittingEmptySubsequences: false)
        guard sides.count == 2, sides.allSatisfy({ isDotAtom(String($0)) }) else {
            throw .malformed(.messageID)
        }
        left = String(sides[0])
    }

    /// The MIME boundary. It never occurs in a body: both bodies are quoted-printable, in which "="
    /// is followed by two digits or a line end, never by "_" (RFC 2045, 6.7).
    var boundary: String {
        let letters = left.utf8.filter(\.isLetterOrDigit).prefix(MessageIdentifier.boundaryBytes)
        return "=_" + String(decoding: letters, as: UTF8.self)
    }

    /// About the length of an address, because some relays cut longer Message-IDs.
    static let maximumBytes = 250
    /// RFC 2046, 5.1.1 allows 70 with the "=_"; 40 keep the line short.
    private static let boundaryBytes = 40
}

/// Throws unless the mail id can name a file: letters, digits, `_` and `-`, at most 100 bytes.
func checkMailID(_ mailID: String) throws(MailError) {
    guard !mailID.isEmpty else { throw .empty(.mailID) }
    guard mailID.utf8.count <= 100 else { throw .tooLong(.mailID, maximumBytes: 100) }
    guard
        mailID.utf8.allSatisfy({
            $0.isLetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        })
    else { throw .malformed(.mailID) }
}

/// Returns the date as `Sun, 22 Nov 2026 10:00:00 +0000`. Throws outside the years 1970 to 9999.
func messageDate(_ instant: Instant) throws(MailError) -> String {
    guard let date = InternetDate.mail(instant) else { throw .dateOutOfRange }
    return date
}
