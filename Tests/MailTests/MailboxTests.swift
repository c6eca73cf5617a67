import Mail
import Testing

@Suite struct MailboxTests {
    @Test(arguments: [
        ("a@b.example", "a@b.example"), ("First.Last+tag@B.Example", "First.Last+tag@B.Example"),
        ("o'neil&co=1@b.example", "o'neil&co=1@b.example"), ("root@localhost", "root@localhost"),
        ("x@bücher.example", "x@xn--bcher-kva.example"),
        ("x@BU\u{308}CHER.example", "x@xn--bcher-kva.example"),
        ("x@пример.рф", "x@xn--e1afmkfd.xn--p1ai"), ("x@例え.jp", "x@xn--r8jz45g.jp"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("a..b@b.example", "\"a..b\"@b.example"), ("a.@b.example", "\"a.\"@b.example"),
        ("\"a b\"@b.example", "\"a b\"@b.example"), ("\"a@b\"@b.example", "\"a@b\"@b.example"),
        (#""a\"b\\"@b.example"#, #""a\"b\\"@b.example"#), ("-f@b.example", "-f@b.example"),
    ])
    func `an address has its form on the wire`(typed: String, wire: String) throws {
        #expect(try Mailbox(address: typed).wireAddress(.to) == wire)
    }

    @Test(arguments: [
        "x", "@", "x@", "@b.example", "a b@b.example", "a@b@c.example", "a@b..example",
        "a@.example", "a@b.example.", "a@-b.example", "a@b-.example", "a@b_c.example",
        "a@[192.0.2.1]", "a@b.example>", "<a@b.example>", "a,b@b.example", "a(b)@b.example",
        "\"a\"b\"@b.example", "\"a\\\"@b.example", "\"\"@b.example", "a:b@b.example",
        "a@b ü.example", "a@ü%00.example", "a@ü/x.example", "a@\u{200B}ü\u{FFFD}.example",
        "a@" + String(repeating: "l", count: 64),
    ])
    func `what is no address is refused`(typed: String) {
        #expect(throws: MailError.malformed(.to)) {
            try Mailbox(address: typed).wireAddress(.to)
        }
    }

    @Test(arguments: ["ü@b.example", "имя@пример.рф", "\"ü\"@b.example"])
    func `a local part beyond ASCII is refused and the reason told`(typed: String) {
        #expect(throws: MailError.nonASCIILocalPart(.to)) {
            try Mailbox(address: typed).wireAddress(.to)
        }
        #expect("\(MailError.nonASCIILocalPart(.to))".contains("SMTPUTF8"))
    }

    @Test func `an address may have 254 bytes and its local part 64`() throws {
        let labels = Array(repeating: String(repeating: "d", count: 62), count: 3)
        let longest = String(repeating: "l", count: 64) + "@" + labels.joined(separator: ".")
        #expect(longest.utf8.count == 253)
        #expect(try Mailbox(address: longest).wireAddress(.to) == longest)
        #expect(try Mailbox(address: longest + "d").wireAddress(.to) == longest + "d")
        #expect(throws: MailError.tooLong(.to, maximumBytes: 254)) {
            try Mailbox(address: longest.replacing("@", with: "@e.")).wireAddress(.to)
        }
        #expect(throws: MailError.tooLong(.to, maximumBytes: 64)) {
            try Mailbox(address: "l" + longest).wireAddress(.to)
        }
    }

    @Test(arguments: [
        ("The News", "The News <a@b.example>"), ("News", "News <a@b.example>"),
        ("News, The", "\"News, The\" <a@b.example>"),
        ("J. Doe", "\"J. Doe\" <a@b.example>"), ("a  b", "\"a  b\" <a@b.example>"),
        (#"The "Daily" \ News"#, #""The \"Daily\" \\ News" <a@b.example>"#),
        ("evil@example.org", "\"evil@example.org\" <a@b.example>"),
        ("a <x@y.example>", "\"a <x@y.example>\" <a@b.example>"),
        ("=?UTF-8?Q?Boss?=", "=?UTF-8?B?PT9VVEYtOD9RP0Jvc3M/PQ==?= <a@b.example>"),
        ("Käthe", "=?UTF-8?B?S8OkdGhl?= <a@b.example>"), ("", "a@b.example"),
    ])
    func `a display name is quoted or encoded as it needs`(name: String, header: String) throws {
        let message = plainMessage { $0.to = Mailbox(name: name, address: "a@b.example") }
        #expect(headers(try renderedText(message)).contains("To: \(header)"))
    }
}
