import Foundation
import Mail
import Pledging

/// An ordinary message; a test changes what it is about.
func plainMessage(_ change: (inout MailMessage) -> Void = { _ in }) -> MailMessage {
    var message = MailMessage(
        mailID: "msg_1", messageID: "abc123@news.example",
        date: Instant(milliseconds: 1_795_341_600_000),
        from: Mailbox(name: "The News", address: "hello@news.example"),
        to: Mailbox(address: "reader@example.org"), subject: "A reminder",
        text: "Hello,\n\nthis is a mail.\n", html: "<p>Hello</p>\n", languageTag: "en")
    change(&message)
    return message
}

func renderedText(_ message: MailMessage) throws -> String {
    String(decoding: try message.render(), as: UTF8.self)
}

/// Unfolded headers, in order.
func headers(_ rendered: String) -> [String] {
    let end = rendered.firstRange(of: "\r\n\r\n")?.lowerBound ?? rendered.endIndex
    return rendered[..<end].replacing("\r\n ", with: " ").components(separatedBy: "\r\n")
}

/// A folder for one test; it is removed when the test is over.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/mail-tests-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ content: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(content.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
