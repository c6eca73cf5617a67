import Mail
import Pledging
import Testing

@Suite struct TemplateValueTests {
    @Test(arguments: Variant.all)
    func `a template needs each variable that it shows`(variant: Variant) throws {
        var optional: Set = [
            "name", "everyMonths", "remindOn", "legalName", "postalAddress", "periods", "monthly",
            "retries",
        ]
        if variant.template != .upcomingCharge { optional.insert("nextChargeOn") }
        let values = try allValues()
        let full = try variant.composed()
        for name in values.keys where !optional.contains(name) {
            do {
                let without = try variant.composed { $0[name] = nil }
                #expect(without == full, "\(name) is shown but was not missed")
            } catch TemplateError.missingValue(_, let variable) {
                #expect(variable == name)
            }
        }
    }

    @Test func `a value of an unknown name is refused`() {
        #expect(
            throws: TemplateError.unsuitableValue(
                variable: "nmae", problem: "templates have no such variable")
        ) {
            try compose(.support, "en", .open) { $0["nmae"] = .text("Ann") }
        }
    }

    @Test(arguments: [
        "javascript:alert(1)", "//evil.example", "https://x/\"onclick=", "https://x/<b>", "",
        "https://x/\nhttps://evil.example", "https://x/ y", "https://x/é",
        "https://x/" + String(repeating: "a", count: 900),
    ])
    func `a malformed URL is refused`(url: String) {
        #expect {
            try compose(.support, "en", .open) { $0["pledgeURL"] = .url(url) }
        } throws: { error in
            guard case .unsuitableValue("pledgeURL", _) = error as? TemplateError else {
                return false
            }
            return url.isEmpty || !"\(error)".contains(url)
        }
    }

    @Test func `a link leads only to what was given as a URL`() {
        #expect(
            throws: TemplateError.unsuitableValue(
                variable: "pledgeURL", problem: "it must be given as a URL")
        ) {
            try compose(.support, "en", .open) { $0["pledgeURL"] = .text("https://x/") }
        }
    }

    @Test func `a text has its limit`() throws {
        let longest = String(repeating: "n", count: TemplateValue.maximumTextBytes)
        let mail = try compose(.pauseEnding, "en", .open) { $0["name"] = .text(longest) }
        #expect(mail.text.contains(longest))
        #expect(
            throws: TemplateError.unsuitableValue(
                variable: "name", problem: "longer than 500 bytes")
        ) {
            try compose(.pauseEnding, "en", .open) { $0["name"] = .text(longest + "n") }
        }
    }

    static let hostile = [
        "</p><script>alert(1)</script>", "[x](http://evil)", "[x]({{manageURL}})", "{{name}}",
        "{{{legalName}}}", "{{#name}}", "}}", "\"><a href=\"http://evil\">", "' onload='x", "&amp;",
        "a\n\n[x](http://evil)\n\nb", "a\r\n\r\nSubject: b", "a\u{2028}\u{2029}b", "<!--", "]]>",
        "Subject: x", "-- \nx", "$1 \\0",
    ]

    @Test(arguments: hostile)
    func `no value makes markup or a link or a paragraph`(hostile: String) throws {
        let plain = try compose(.pauseEnding, "en", .open)
        let mail = try compose(.pauseEnding, "en", .open) {
            $0["name"] = .text(hostile)
            $0["newsroomName"] = .text(hostile)
            $0["legalName"] = .text(hostile)
        }
        func tags(_ html: String) -> [String] { html.matches(of: /<[^>]*>/).map { String($0.0) } }
        #expect(tags(mail.html) == tags(plain.html))
        #expect(mail.text.count { $0.isNewline } == plain.text.count { $0.isNewline })
        #expect(!mail.subject.contains { $0.isNewline })
        let shown = hostile.split(whereSeparator: \.isNewline)
            .map { $0.drop { $0 == " " } }.map { String($0) }
            .map { $0.hasSuffix(" ") ? String($0.dropLast()) : $0 }.joined(separator: ", ")
        #expect(mail.text.contains("Hello \(shown),"))
        #expect(mail.subject == "\(shown): your pause ends soon")
    }

    @Test func `direction marks and control characters are left out of a text`() throws {
        let mail = try compose(.pauseEnding, "en", .open) {
            $0["name"] = .text("\u{202E}A\u{2066}n\0n\u{1B}\u{200F}")
        }
        #expect(mail.text.hasPrefix("Hello Ann,\n"))
    }

    @Test func `every kind of value is written in the reader's language`() throws {
        let folder = try TemporaryFolder()
        for (tag, word) in [("en", "is"), ("ru", "это")] {
            _ = try folder.write(
                "pauseEnding_\(tag)_open.txt",
                """
                Subject: x
                Preheader: y

                {{amount}} \(word) {{minimum}} \(word) {{expires}} \(word) {{remindOn}}

                {{#name}}flag set{{/name}}{{^name}}flag not set{{/name}}

                [Open]({{manageURL}})
                """)
        }
        let two = try Money(parsing: "2.00", Currency("USD"))
        func words(_ tag: String, _ flag: Bool) throws -> String {
            try compose(.pauseEnding, tag, .open, overrides: folder.path) {
                $0["amount"] = .recurringMoney(two, .year)
                $0["minimum"] = .days(21)
                $0["expires"] = .months(5)
                $0["name"] = .flag(flag)
            }.text
        }
        let english = "$2 a year is 21 days is 5 months is 28 February 2027"
        #expect(try words("en", true).hasPrefix("\(english)\n\nflag set\n\nOpen:\n"))
        let russian = "2\u{A0}$ в год это 21 день это 5 месяцев это 28 февраля 2027 г."
        #expect(try words("ru", false).hasPrefix("\(russian)\n\nflag not set\n\nOpen:\n"))
    }

    @Test func `a flag has no text`() {
        #expect(
            throws: TemplateError.unsuitableValue(
                variable: "pausedUntil", problem: "a flag has no text to show")
        ) {
            try compose(.pauseEnding, "en", .open) { $0["pausedUntil"] = .flag(true) }
        }
    }
}
