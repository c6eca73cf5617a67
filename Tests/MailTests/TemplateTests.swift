import Mail
import Pledging
import Testing

/// Every template value, so that a test can remove one.
func allValues() throws -> [String: TemplateValue] {
    [
        "newsroomName": .text("The Paper Boat"), "legalName": .text("Paper Boat Media e.V."),
        "postalAddress": .text("1 Harbour Street\n10115 Berlin"), "name": .text("Ann Reader"),
        "amount": .money(try Money(parsing: "61.50", Currency("EUR"))),
        "minimum": .money(try Money(parsing: "2.00", Currency("USD"))),
        "nextChargeOn": .date(try #require(CivilDate("2026-12-05"))),
        "pausedUntil": .date(try #require(CivilDate("2027-01-31"))),
        "expires": .month(try #require(YearMonth("2027-03"))), "everyMonths": .months(3),
        "remindOn": .date(try #require(CivilDate("2027-02-28"))),
        "paidOn": .date(try #require(CivilDate("2026-12-04"))),
        "endsOn": .date(try #require(CivilDate("2027-01-04"))), "periods": .monthCount(3),
        "monthly": .money(try Money(parsing: "20.50", Currency("EUR"))), "year": .text("2026"),
        "payments": .text("12"), "declineReason": .declineReason(.declinedForNow),
        "retries": .flag(true), "actionURL": .url("https://give.example/b/1"),
        "pledgeURL": .url("https://give.example/"), "manageURL": .url("https://give.example/m/1"),
        "confirmURL": .url("https://give.example/c/1"),
        "unsubscribeURL": .url("https://give.example/u/1"),
    ]
}

func compose(
    _ template: MailTemplate, _ tag: String, _ profile: MailProfile,
    overrides: String? = nil, _ change: (inout [String: TemplateValue]) -> Void = { _ in }
) throws -> ComposedMail {
    var values = try allValues()
    change(&values)
    return try TemplateLibrary(overridesFolder: overrides)
        .compose(template, languageTag: tag, profile: profile, values: values)
}

/// One template for readers, in one language and profile.
struct Variant: Sendable, CustomTestStringConvertible {
    let template: MailTemplate
    let tag: String
    let profile: MailProfile

    var testDescription: String { "\(template) \(tag) \(profile)" }

    static let all = MailTemplate.allCases.filter { $0 != .attention }.flatMap { template in
        ["en", "ru"].flatMap { tag in
            MailProfile.allCases.map { Variant(template: template, tag: tag, profile: $0) }
        }
    }

    func composed(
        _ change: (inout [String: TemplateValue]) -> Void = { _ in }
    ) throws -> ComposedMail {
        try compose(template, tag, profile, change)
    }
}

@Suite struct TemplateTests {
    @Test(arguments: Variant.all)
    func `every template composes and makes a mail`(variant: Variant) throws {
        let mail = try variant.composed()
        #expect(mail.language.tag == variant.tag)
        for words in [mail.subject, mail.preheader, mail.text, mail.html] {
            #expect(!words.isEmpty)
            #expect(!words.contains("{{") && !words.contains("}}"))
            #expect(!words.contains("..") && !words.contains("  "))
            #expect(!words.contains(" .") && !words.contains(" ,"))
        }
        #expect(mail.text.hasSuffix("-- \nPaper Boat Media e.V.\n1 Harbour Street, 10115 Berlin\n"))
        #expect(mail.html.contains("<html lang=\"\(variant.tag)\" dir=\"ltr\">"))
        #expect(mail.html.contains("Paper Boat Media e.V.<br>\n1 Harbour Street, 10115 Berlin"))
        let rendered = try plainMessage {
            $0.subject = mail.subject
            $0.text = mail.text
            $0.html = mail.html
        }.render()
        #expect(rendered.count < 20_000)
    }

    @Test(arguments: Variant.all)
    func `a mail has its own link and no other`(variant: Variant) throws {
        let mail = try variant.composed()
        for words in [mail.text, mail.html] {
            let isSupport = variant.template == .support
            #expect(words.contains("https://give.example/u/1") == isSupport)
            #expect(words.contains("https://give.example/m/1") == !isSupport)
            let isConfirmation = variant.template == .confirmReminder
            #expect(words.contains("https://give.example/c/1") == isConfirmation)
        }
    }

    @Test(arguments: Variant.all)
    func `the HTML loads nothing and tracks nobody`(variant: Variant) throws {
        let html = try variant.composed().html.lowercased()
        for banned in ["<img", "src=", "<script", "<link", "<style", "url(", "@import", "<form"] {
            #expect(!html.contains(banned))
        }
        let targets = html.matches(of: /href="([^"]*)"/).map { String($0.1) }
        #expect(!targets.isEmpty)
        #expect(targets.allSatisfy { $0.hasPrefix("https://give.example/") })
        #expect(html.contains("max-width:560px"))
        #expect(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"))
    }

    @Test(arguments: Variant.all.filter { $0.profile == .discreet })
    func `a discreet mail gives nothing away outside its body`(variant: Variant) throws {
        let mail = try variant.composed()
        #expect(mail.subject == (variant.tag == "en" ? "Your reminder" : "Ваше напоминание"))
        #expect(
            mail.preheader
                == (variant.tag == "en"
                    ? "A short message for you." : "Короткое сообщение для вас."))
        #expect(!mail.text.contains("The Paper Boat") && !mail.html.contains("The Paper Boat"))
        #expect(!mail.text.contains("Ann Reader"))
    }

    @Test(arguments: Variant.all.filter { $0.profile == .open })
    func `an open mail names the newsroom in its subject`(variant: Variant) throws {
        #expect(try variant.composed().subject.contains("The Paper Boat"))
    }

    @Test(arguments: Variant.all)
    func `no mail makes a claim that we do not make`(variant: Variant) throws {
        let mail = try variant.composed()
        let words = (mail.subject + mail.preheader + mail.text).lowercased()
        for banned in [
            "anonym", "safe", "secure", "untrace", "you asked", "your request", "вы просили",
            "вы попросили", "аноним", "безопас", "card", "карт",
        ] {
            #expect(!words.contains(banned))
        }
    }

    @Test(arguments: ["en", "ru"], MailProfile.allCases)
    func `the operator is told what happened and what to type`(
        tag: String, profile: MailProfile
    ) throws {
        let mail = try TemplateLibrary(overridesFolder: nil).compose(
            .attention, languageTag: tag, profile: profile, values: allValues(),
            paragraphs: [["it answered <410> Gone", "mainstay webhook endpoint enable whe_1"]])
        #expect(
            mail.text.contains("it answered <410> Gone\nmainstay webhook endpoint enable whe_1"))
        #expect(mail.html.contains("it answered &lt;410&gt; Gone<br>"))
        #expect(!mail.html.contains("href="))
    }

    @Test func `a support mail asks for the minimum and says whose page it was`() throws {
        let english = try compose(.support, "en-GB", .open)
        #expect(english.text.contains("This address was entered on our page"))
        #expect(english.text.contains("just $2 a month"))
        #expect(english.text.contains("These reminders come once every 3 months."))
        #expect(english.text.contains("Stop the reminders:\nhttps://give.example/u/1"))
        let russian = try compose(.support, "ru-KZ", .open)
        #expect(russian.text.contains("Этот адрес указали на нашей странице"))
        #expect(russian.text.contains("всего с 2\u{A0}$ в месяц"))
        #expect(russian.text.contains("раз в 3 месяца."))
    }

    @Test func `what concerns a series is left out of a single reminder`() throws {
        for tag in ["en", "ru"] {
            let mail = try compose(.support, tag, .open) { $0["everyMonths"] = nil }
            #expect(!mail.text.contains("once every") && !mail.text.contains("раз в"))
        }
    }

    @Test func `a period of one month reads well`() throws {
        let english = try compose(.confirmReminder, "en", .open) { $0["everyMonths"] = .months(1) }
        #expect(english.text.contains("every month, starting on 28 February 2027."))
        let russian = try compose(.confirmReminder, "ru", .open) { $0["everyMonths"] = .months(1) }
        #expect(russian.text.contains("чтобы с 28 февраля 2027 г. получать"))
        #expect(russian.text.contains("раз в месяц."))
    }

    @Test(arguments: MailProfile.allCases)
    func `a notice of a charge says how much and when`(profile: MailProfile) throws {
        let english = try compose(.upcomingCharge, "en", profile) { $0["periods"] = nil }
        #expect(english.text.contains("Amount: €61.50\nDate: 5 December 2026\n"))
        #expect(english.html.contains("Amount: €61.50<br>\nDate: 5 December 2026</p>"))
        let bundled = try compose(.upcomingCharge, "en", profile)
        #expect(bundled.text.contains("It covers 3 months, in advance: €20.50 a month."))
        let russian = try compose(.upcomingCharge, "ru", profile)
        #expect(russian.text.contains("Сумма: 61,50\u{A0}€\nДата: 5 декабря 2026 г.\n"))
    }

    @Test func `a reader without a name is greeted all the same`() throws {
        for blank in [nil, TemplateValue.text(""), .text(" \n\t")] {
            let english = try compose(.pauseEnding, "en", .open) { $0["name"] = blank }
            #expect(english.text.hasPrefix("Hello,\n"))
            let russian = try compose(.pauseEnding, "ru", .open) { $0["name"] = blank }
            #expect(russian.text.hasPrefix("Здравствуйте!\n"))
        }
        #expect(try compose(.pauseEnding, "en", .open).text.hasPrefix("Hello Ann Reader,\n"))
    }

    @Test func `an unknown language is written to in English`() throws {
        #expect(try compose(.support, "uk", .open).language == .english)
        let library = try TemplateLibrary(overridesFolder: nil)
        let mail = try library.compose(
            .support, languageTag: nil, profile: .open, values: try allValues())
        #expect(mail.language == .english)
    }

    @Test(arguments: ["legalName", "postalAddress"])
    func `a mail without a postal address or legal name is refused`(variable: String) throws {
        for blank in [nil, TemplateValue.text("")] {
            #expect(
                throws: TemplateError.missingValue(
                    file: "support_en_open.txt", variable: variable)
            ) {
                try compose(.support, "en", .open) { $0[variable] = blank }
            }
        }
    }

    @Test func `a service mail goes without a postal address`() throws {
        let mail = try compose(.upcomingCharge, "en", .open) {
            $0["legalName"] = nil
            $0["postalAddress"] = nil
        }
        #expect(!mail.text.contains("-- ") && !mail.html.contains("<hr"))
    }

    @Test func `composing twice gives the same words`() throws {
        #expect(try compose(.support, "ru", .open) == compose(.support, "ru", .open))
    }
}
