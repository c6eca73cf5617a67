import Foundation
import Mail
import Pledging
import Testing

@Suite struct MessageTests {
    @Test func `a mail has exactly these bytes`() throws {
        let message = plainMessage {
            $0.to = Mailbox(name: "Анна", address: "anna@bücher.example")
            $0.replyTo = Mailbox(address: "desk@news.example")
            $0.subject = "Café"
            $0.text = "Grüße\n.\n"
            $0.languageTag = "de"
            $0.listUnsubscribe = "https://news.example/u/1"
        }
        let expected = """
            Date: Sun, 22 Nov 2026 10:00:00 +0000
            From: The News <hello@news.example>
            To: =?UTF-8?B?0JDQvdC90LA=?= <anna@xn--bcher-kva.example>
            Reply-To: desk@news.example
            Subject: =?UTF-8?B?Q2Fmw6k=?=
            Message-ID: <abc123@news.example>
            MIME-Version: 1.0
            Content-Language: de
            Auto-Submitted: auto-generated
            List-Unsubscribe: <https://news.example/u/1>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            Content-Type: multipart/alternative; boundary="=_abc123"

            --=_abc123
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Gr=C3=BC=C3=9Fe
            =2E

            --=_abc123
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <p>Hello</p>

            --=_abc123--

            """
        #expect(try renderedText(message) == expected.replacing("\n", with: "\r\n"))
    }

    @Test func `the same mail gives the same bytes`() throws {
        let message = plainMessage { $0.subject = "Ещё раз" }
        #expect(try message.render() == message.render())
    }

    @Test func `a service mail has no unsubscribe headers`() throws {
        let rendered = try renderedText(plainMessage())
        #expect(!rendered.contains("List-Unsubscribe"))
    }

    @Test(arguments: [
        (0, "Thu, 1 Jan 1970 00:00:00 +0000"),
        (951_827_696_000, "Tue, 29 Feb 2000 12:34:56 +0000"),
        (1_795_341_600_999, "Sun, 22 Nov 2026 10:00:00 +0000"),
        (253_402_300_799_999, "Fri, 31 Dec 9999 23:59:59 +0000"),
    ])
    func `the date is written in UTC`(milliseconds: Int64, expected: String) throws {
        let message = plainMessage { $0.date = Instant(milliseconds: milliseconds) }
        #expect(headers(try renderedText(message)).first == "Date: \(expected)")
    }

    @Test(arguments: [-1, 253_402_300_800_000, Int64.min, Int64.max])
    func `a date outside 1970 to 9999 is refused`(milliseconds: Int64) {
        let message = plainMessage { $0.date = Instant(milliseconds: milliseconds) }
        #expect(throws: MailError.dateOutOfRange) { try message.render() }
    }

    @Test(arguments: ["a", "a.b-c_d", "----", String(repeating: "x", count: 200)])
    func `the boundary comes from the message id and is never in a body`(left: String) throws {
        let message = plainMessage {
            $0.messageID = "\(left)@news.example"
            $0.text = "--=_\(left)\n--=_a--\n=_\(left)\n"
        }
        let rendered = try renderedText(message)
        let boundary = try #require(rendered.firstMatch(of: /boundary="([^"]+)"/)).1
        #expect(boundary.utf8.count <= 70)
        #expect(rendered.ranges(of: "--\(boundary)").count == 3)
    }

    @Test func `the envelope bears the addresses that the headers bear`() throws {
        let message = plainMessage { $0.to = Mailbox(address: "x@bücher.example") }
        let rendered = try message.rendered()
        #expect(rendered.mailID == "msg_1")
        #expect(rendered.envelopeFrom == "hello@news.example")
        #expect(rendered.envelopeTo == "x@xn--bcher-kva.example")
        #expect(try rendered.bytes == message.render())
    }

    @Test func `limits are kept`() {
        let longSubject = plainMessage {
            $0.subject = String(repeating: "s", count: MailMessage.maximumSubjectBytes + 1)
        }
        #expect(throws: MailError.tooLong(.subject, maximumBytes: 500)) {
            try longSubject.render()
        }
        let longURL = plainMessage {
            $0.listUnsubscribe = "https://x/" + String(repeating: "u", count: 900)
        }
        #expect(throws: MailError.tooLong(.listUnsubscribe, maximumBytes: 900)) {
            try longURL.render()
        }
        let longName = plainMessage { $0.to.name = String(repeating: "n", count: 301) }
        #expect(throws: MailError.tooLong(.to, maximumBytes: 300)) { try longName.render() }
        let longID = plainMessage { $0.messageID = String(repeating: "i", count: 250) + "@x" }
        #expect(throws: MailError.tooLong(.messageID, maximumBytes: 250)) { try longID.render() }
        for size in [MailMessage.maximumBytes, MailMessage.maximumBytes + 1] {
            let large = plainMessage { $0.text = String(repeating: "t", count: size) }
            #expect(throws: MailError.messageTooLarge) { try large.render() }
        }
    }

    @Test func `what must be there must not be empty`() {
        let changes: [(MailField, (inout MailMessage) -> Void)] = [
            (.mailID, { $0.mailID = "" }), (.messageID, { $0.messageID = "" }),
            (.from, { $0.from.address = "" }), (.to, { $0.to.address = "" }),
            (.replyTo, { $0.replyTo = Mailbox(address: "") }), (.subject, { $0.subject = "" }),
            (.text, { $0.text = "" }), (.html, { $0.html = "" }),
        ]
        for (field, change) in changes {
            #expect(throws: MailError.empty(field)) { try plainMessage(change).render() }
        }
    }

    @Test(arguments: [
        "x", "@x", "x@", "a@b@c", "a b@c", "<a@b>", "a@[1.2.3.4]", ".a@b", "a..b@c", "ä@b", "a@ä",
    ])
    func `a malformed message id is refused`(messageID: String) {
        let message = plainMessage { $0.messageID = messageID }
        #expect(throws: MailError.malformed(.messageID)) { try message.render() }
    }

    @Test(arguments: ["", "e n", "русский", "en;q=1", String(repeating: "e", count: 36)])
    func `a malformed language tag is refused`(tag: String) {
        let message = plainMessage { $0.languageTag = tag }
        #expect(throws: MailError.malformed(.languageTag)) { try message.render() }
    }

    @Test(arguments: ["../x", "a/b", "a.b", "a b", "ä"])
    func `a mail id that could leave its folder is refused`(mailID: String) {
        let message = plainMessage { $0.mailID = mailID }
        #expect(throws: MailError.malformed(.mailID)) { try message.render() }
    }

    @Test(arguments: [
        "", "news.example/u", "mailto:a@b.example", "javascript:alert(1)", "https://",
        "https://x/>, <https://evil", "https://x/a b", "https://x/ä", "https://x/\"", "ftp://x/",
    ])
    func `an unsubscribe URL that is not a web URL is refused`(url: String) {
        let message = plainMessage { $0.listUnsubscribe = url }
        #expect(throws: MailError.malformed(.listUnsubscribe)) { try message.render() }
    }
}
