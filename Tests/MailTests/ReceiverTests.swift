import Foundation
import Mail
import Pledging
import Testing

/// What another implementation, Python's `email` package, reads from our mails.
@Suite struct ReceiverTests {
    @Test func `a receiver reads every field as it was given`() throws {
        let folder = try TemporaryFolder()
        var messages: [String: MailMessage] = [:]
        for number in 0..<400 {
            let message = hostileMessage(UInt64(number))
            messages[message.mailID] = message
            let file = URL(fileURLWithPath: "\(folder.path)/\(message.mailID).eml")
            try Data(message.render()).write(to: file)
        }
        let parsed = try parsedMails(in: folder.path)
        #expect(parsed.count == messages.count)
        for mail in parsed {
            let message = try #require(messages[mail.mailID])
            try compare(mail, message)
        }
    }

    @Test func `every line keeps its limit and ends in CRLF`() throws {
        for number in 0..<400 {
            let message = hostileMessage(UInt64(number))
            let bytes = try message.render()
            let rendered = String(decoding: bytes, as: UTF8.self)
            #expect(bytes.allSatisfy { $0 < 0x80 && $0 != 0 })
            let lines = rendered.components(separatedBy: "\r\n")
            #expect(lines.last == "")
            let head = lines.prefix { !$0.isEmpty }
            for line in head {
                // Only an address, a URL or a Message-ID may be too long to be folded.
                let hasLongToken =
                    line.contains(/[@\/]/)
                    && line.split(separator: " ").contains { $0.utf8.count > 60 }
                #expect(line.utf8.count <= (hasLongToken ? 997 : 78))
                #expect(line.utf8.count <= 76 || !line.contains("=?UTF-8?B?"))
                #expect(line.contains { $0 != " " })
            }
            for line in lines.dropFirst(head.count) {
                #expect(line.utf8.count <= 76)
                #expect(!line.contains("\n") && !line.contains("\r"))
            }
        }
    }

    private func compare(_ mail: ParsedMail, _ message: MailMessage) throws {
        #expect(mail.defects == [], "mail \(mail.mailID)")
        #expect(mail.unixSeconds == message.date.milliseconds / 1_000)
        #expect(mail.from == (try expected(message.from)))
        #expect(mail.to == (try expected(message.to)))
        #expect(try mail.replyTo == message.replyTo.map(expected))
        #expect(mail.subject.unicodeScalars.elementsEqual(message.subject.unicodeScalars))
        #expect(mail.messageID == "<\(message.messageID)>")
        #expect(mail.language == message.languageTag)
        #expect(mail.autoSubmitted == "auto-generated")
        #expect(mail.listUnsubscribe == message.listUnsubscribe.map { "<\($0)>" })
        let post = message.listUnsubscribe.map { _ in "List-Unsubscribe=One-Click" }
        #expect(mail.listUnsubscribePost == post)
        #expect(mail.type == "multipart/alternative")
        #expect(mail.partTypes == ["text/plain", "text/html"])
        #expect(mail.charsets == ["utf-8", "utf-8"])
        #expect(lineEndsAsLF(mail.text) == lineEndsAsLF(message.text))
        #expect(lineEndsAsLF(mail.html) == lineEndsAsLF(message.html))
        #expect(Set(mail.names).count == mail.names.count)
        #expect(Set(mail.names).isSubset(of: knownNames))
    }

    private func expected(_ mailbox: Mailbox) throws -> ParsedMail.ParsedMailbox {
        ParsedMail.ParsedMailbox(
            name: mailbox.name ?? "", address: try mailbox.wireAddress(.to))
    }

    private let knownNames: Set = [
        "Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version",
        "Content-Language", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
        "Content-Type",
    ]
}

private struct ParsedMail: Decodable {
    struct ParsedMailbox: Decodable, Equatable {
        let name: String
        let address: String
    }

    let mailID: String
    let defects: [String]
    let names: [String]
    let unixSeconds: Int64
    let from: ParsedMailbox
    let to: ParsedMailbox
    let replyTo: ParsedMailbox?
    let subject: String
    let messageID: String
    let language: String
    let autoSubmitted: String
    let listUnsubscribe: String?
    let listUnsubscribePost: String?
    let type: String
    let boundary: String
    let partTypes: [String]
    let charsets: [String]
    let text: String
    let html: String
}

private func parsedMails(in folder: String) throws -> [ParsedMail] {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("parse_mail.py").path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script, folder]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try JSONDecoder().decode([ParsedMail].self, from: bytes)
}

/// Line ends become LF for the comparison. Scalars are compared one by one, so that no
/// normalisation hides a change.
private func lineEndsAsLF(_ text: String) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    var previous: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
        let isSecondHalf = scalar == "\n" && previous == "\r"
        if !isSecondHalf { scalars.append(scalar == "\r" ? "\n" : scalar) }
        previous = scalar
    }
    return scalars
}

/// A mail of odd but valid values; the same for the same seed.
private func hostileMessage(_ seed: UInt64) -> MailMessage {
    var random = SeededGenerator(state: seed)
    func piece(_ pieces: [String], _ count: ClosedRange<Int>) -> String {
        (0..<Int.random(in: count, using: &random))
            .map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }.joined()
    }
    func name() -> String? {
        let text = piece(headerPieces, 0...8).trimmingCharacters(in: .whitespaces)
        return text.isEmpty ? nil : text
    }
    func address() -> String { piece(locals, 1...1) + "@" + piece(domains, 1...1) }
    let subject = piece(headerPieces, 1...30)
    return MailMessage(
        mailID: "msg_\(seed)",
        messageID: piece(["a", "9", "-", "x_y", "QQ"], 1...40) + "@n.example",
        date: Instant(milliseconds: Int64.random(in: 0...253_402_300_799_999, using: &random)),
        from: Mailbox(name: name(), address: address()),
        to: Mailbox(name: name(), address: address()),
        replyTo: Bool.random(using: &random) ? Mailbox(address: address()) : nil,
        subject: subject, text: piece(bodyPieces, 1...60), html: piece(bodyPieces, 1...60),
        languageTag: piece(["en", "ru", "pt-BR"], 1...1),
        listUnsubscribe: Bool.random(using: &random)
            ? "https://n.example/u/" + piece(["token", "%20", "?a=b&c", "#", "~"], 0...30) : nil)
}

private let headerPieces = [
    "a", "word", " ", "  ", "é", "e\u{301}", "Анна", "花子", "👩‍👩‍👧‍👦", "🇺🇦", "\"", "\\", ",",
    ";", ":", "<", ">", "(", ")", "@", ".", "[x](y)", "=?UTF-8?Q?x?=", "=?", "?=", "{{name}}",
    "averyveryveryverylongwordwithoutanyspacethatcannotbefoldedanywhereatall", "\u{A0}", "\u{202E}",
    "z\u{335}\u{335}\u{335}", "%0D%0A", "\\r\\n", "'", "=", "_", "?",
]
private let locals = [
    "a", "first.last", "x+tag", "o'neil", "a..b", "\"quoted one\"", "!#$%&'*+-/=?^_`{|}~",
    String(repeating: "l", count: 64),
]
private let domains = [
    "example.org", "bücher.example", "пример.рф", "localhost",
    Array(repeating: String(repeating: "d", count: 60), count: 3).joined(separator: "."),
]
private let bodyPieces = [
    "a", "word ", " ", "\t", "\n", "\r\n", "\r", "\n\n", ".", "\n.\n", "From ", "\nFrom x", "=",
    "=20", "=\n", "é", "Привет", "😀", "--=_a", "--=_a--", "\n--\n", "<b>&amp;</b>", "\u{A0}",
    String(repeating: "long", count: 50), String(repeating: "ж", count: 80), "\u{2028}", "\u{85}",
    "\u{C}", "Bcc: x@y.example\r\n",
]
