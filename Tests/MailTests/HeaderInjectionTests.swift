import Mail
import Testing

@Suite struct HeaderInjectionTests {
    static let breaks = [
        "\r\n", "\n", "\r", "\0", "\u{B}", "\u{C}", "\u{1B}", "\t", "\u{7F}", "\u{85}", "\u{2028}",
        "\u{2029}",
    ]

    @Test(arguments: breaks)
    func `a control character in any header value is refused and never stripped`(hostile: String) {
        let injected = "x\(hostile)Bcc: victim@example.org"
        let changes: [(MailField, (inout MailMessage) -> Void)] = [
            (.subject, { $0.subject = injected }),
            (.from, { $0.from.name = injected }),
            (.to, { $0.to.name = injected }),
            (.replyTo, { $0.replyTo = Mailbox(name: injected, address: "a@b.example") }),
            (.from, { $0.from.address = "a\(hostile)@b.example" }),
            (.to, { $0.to.address = "a@b.example\(hostile)" }),
            (.replyTo, { $0.replyTo = Mailbox(address: "a@b\(hostile).example") }),
            (.messageID, { $0.messageID = "a\(hostile)@b.example" }),
            (.listUnsubscribe, { $0.listUnsubscribe = "https://b.example/\(hostile)" }),
        ]
        for (field, change) in changes {
            #expect(throws: MailError.controlCharacter(field)) {
                try plainMessage(change).render()
            }
        }
        let tagged = plainMessage { $0.languageTag = "en\(hostile)" }
        #expect(throws: MailError.malformed(.languageTag)) { try tagged.render() }
        let named = plainMessage { $0.mailID = "msg\(hostile)" }
        #expect(throws: MailError.malformed(.mailID)) { try named.render() }
    }

    @Test(arguments: breaks)
    func `a control character hides at no place of a value`(hostile: String) {
        for subject in ["\(hostile)Subject", "Sub\(hostile)ject", "Subject\(hostile)", hostile] {
            let message = plainMessage { $0.subject = subject }
            #expect(throws: MailError.controlCharacter(.subject)) { try message.render() }
        }
    }

    @Test func `bodies cannot add headers`() throws {
        let message = plainMessage {
            $0.text = "\r\n\r\nBcc: victim@example.org\r\n\r\n--=_abc123--\r\n"
            $0.html = $0.text
        }
        let names = headers(try renderedText(message)).map { $0.prefix { $0 != ":" } }
        #expect(!names.contains("Bcc"))
    }

    @Test func `an error names the field and never the value`() {
        let message = plainMessage { $0.to.address = "secret person@example.org" }
        #expect {
            try message.render()
        } throws: { error in
            "\(error)" == "the mail's recipient is malformed"
        }
    }
}
