import Foundation
package import Mail
import Synchronization

/// Keeps every mail that it is handed, and answers as the test says; there is no default answer.
package final class RecordingTransport: MailTransport {
    private let handed = Mutex<[RenderedMail]>([])
    private let answer: @Sendable (RenderedMail) async -> MailOutcome

    package init(_ answer: @escaping @Sendable (RenderedMail) async -> MailOutcome) {
        self.answer = answer
    }

    /// In the order in which they were handed over, whatever was answered.
    package var mails: [RenderedMail] { handed.withLock { $0 } }

    package func deliver(_ message: RenderedMail) async -> MailOutcome {
        handed.withLock { $0.append(message) }
        return await answer(message)
    }
}

/// A mail as its reader sees it: both parts of the message, with quoted-printable decoded.
package struct ReceivedMail: Sendable {
    /// Header values by lower-case name.
    package let headers: [String: String]
    package let body: String

    package init(_ mail: RenderedMail) {
        let text = String(decoding: mail.bytes, as: UTF8.self)
        let end = text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.endIndex
        var headers: [String: String] = [:]
        for line in text[..<end].replacing("\r\n ", with: " ").components(separatedBy: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        self.headers = headers
        body = ReceivedMail.unquoted(String(text[end...]))
    }

    /// Every URL in the mail.
    package var links: [String] {
        body.matches(of: #/https?://[^\s"<>)]+/#).map { String($0.output) }
    }

    /// The token at the end of the link to that page.
    package func token(of page: String) -> String? {
        links.first { $0.contains("/\(page)/") }?.split(separator: "/").last.map(String.init)
    }

    /// Decodes quoted-printable (RFC 2045, 6.7).
    private static func unquoted(_ text: String) -> String {
        let bytes = Array(text.replacing("=\r\n", with: "").utf8)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = String(decoding: bytes[index...].dropFirst().prefix(2), as: UTF8.self)
            if bytes[index] == UInt8(ascii: "="), let value = UInt8(digits, radix: 16) {
                plain.append(value)
                index += 3
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
