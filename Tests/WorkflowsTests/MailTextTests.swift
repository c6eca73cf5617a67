import Foundation
import Mail
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What stands in the mails that DeliverMail makes, by profile and language.
@Suite struct MailTextTests {
    private static let linkBase = "https://links.example.org"

    private static let kinds = QueuedMail.Kind.allCases.filter { !$0.isForOperator }

    /// One mail of every kind that readers get.
    private func everyMail(_ profile: Newsroom.Profile, _ locale: String) async throws
        -> [ReceivedMail]
    {
        var newsroom = Newsroom.ready
        newsroom.profile = profile
        let test = try await TestBook(newsroom: newsroom)
        var settings = try Settings()
        settings.linksBaseURL = MailTextTests.linkBase
        try await test.ask(.every(months: 1), locale: locale)
        try await test.plant {
            $0.email = "giver@example.org"
            $0.locale = locale
            $0.interval = .year
            $0.minorUnits = 12_345
            $0.nextChargeOn = "2026-12-10"
            $0.methodExpires = YearMonth("2026-12")
        }
        let paused = try await test.plant {
            $0.email = "resting@example.org"
            $0.locale = locale
            $0.state = .paused
            $0.pausedUntil = "2026-12-02"
            $0.nextChargeOn = "2026-12-06"
        }
        _ = try await UpdateSupporter.run(
            paused.supporter.id, .init(email: "moved@example.org"), in: test.context())
        let asked = try await test.ask(.on(#require(CivilDate("2026-12-01"))), locale: locale)
        #expect(asked.state == .scheduled)
        try test.moveClock(to: "2026-12-01T12:00:00Z")
        #expect(try await test.sendReminders(settings: settings).queued == 4)
        try await test.enqueueChargingMails(to: paused.supporter.id)
        let mails = try await test.post(settings: settings)
        #expect(
            Set(try await test.mails())
                == Set(MailTextTests.kinds.map { "\($0.rawValue) sent" }))
        #expect(mails.count == MailTextTests.kinds.count)
        return mails
    }

    @Test(arguments: [("en", "Your reminder"), ("ru", "Ваше напоминание")])
    func `a discreet envelope tells neither newsroom nor amount`(
        locale: String, subject: String
    ) async throws {
        for mail in try await everyMail(.discreet, locale) {
            #expect(mail.subject == subject)
            #expect(mail.headers["from"]?.contains("Daily Test gGmbH") == true)
            let everything = mail.headers.values.joined(separator: "\n") + mail.body
            #expect(!everything.contains("The Daily Test"))
            let preheader = try #require(mail.preheader)
            #expect(!preheader.isEmpty && !preheader.contains { $0.isNumber })
            #expect(!mail.links.isEmpty)
            #expect(mail.links.allSatisfy { $0.hasPrefix(MailTextTests.linkBase + "/") })
        }
    }

    @Test(arguments: ["en", "ru"])
    func `an open mail names the newsroom`(locale: String) async throws {
        for mail in try await everyMail(.open, locale) {
            #expect(mail.subject.contains("The Daily Test"))
            #expect(mail.headers["from"]?.contains("The Daily Test") == true)
            #expect(mail.links.allSatisfy { $0.hasPrefix(MailTextTests.linkBase + "/") })
        }
    }

    @Test(arguments: [
        ("en", "This address was entered on our page", "$123.45"),
        ("en-GB", "This address was entered on our page", "$123.45"),
        ("ru", "Этот адрес указали на нашей странице", "123,45"),
        ("ru-KZ", "Этот адрес указали на нашей странице", "123,45"),
        ("xx", "This address was entered on our page", "$123.45"),
    ])
    func `a mail is in the reader's language, else in English`(
        locale: String, words: String, amount: String
    ) async throws {
        let mails = try await everyMail(.open, locale)
        let isRussian = locale.hasPrefix("ru")
        #expect(mails.allSatisfy { $0.headers["content-language"] == (isRussian ? "ru" : "en") })
        #expect(mails.allSatisfy { $0.hasCyrillic == isRussian })
        let unsubscribable = try #require(
            mails.first { $0.headers["list-unsubscribe"] != nil })
        #expect(unsubscribable.body.contains(words))
        #expect(mails.count { $0.body.contains(amount) } == 1)
    }
}

extension TestBook {
    /// Queues one mail of each kind that charging sends, as its verbs do.
    fileprivate func enqueueChargingMails(to supporter: ID<Supporter>) async throws {
        let context = try context()
        let now = now
        let amount = Money(minorUnits: 54_321, currency: try Currency("USD"))
        let day = now.utcDate
        let all: [MailContents] = [
            .receipt(
                .init(
                    amount: amount, paidOn: day, periods: 3, nextChargeOn: day.adding(months: 3))),
            .yearlyReceipt(amount: amount, year: day.year, payments: 12),
            .chargeFailed(
                .init(amount: amount, endsOn: day, reason: .insufficientFunds, retryOn: day)),
            .actionNeeded(amount: amount, endsOn: day),
            .methodNeeded(amount: amount, nextChargeOn: day),
            .paymentReturned(amount: amount, paidOn: day),
            .bothOrOne(amount: amount, endsOn: day), .pledgeEnded(amount: amount, began: true),
        ]
        try await book.write { transaction in
            for contents in all {
                try transaction.enqueue([
                    QueuedMail(
                        id: try context.ids.next(at: now), supporterID: supporter,
                        contents: contents, subjectID: supporter.text, period: "1",
                        reminderID: nil, createdAt: now)
                ])
            }
        }
    }
}

extension ReceivedMail {
    /// Decodes RFC 2047 in the one form that this program writes: base64 of UTF-8.
    fileprivate var subject: String {
        let words = (headers["subject"] ?? "").split(separator: " ").map(String.init)
        let decoded = words.map { word -> String in
            guard word.hasPrefix("=?UTF-8?B?"), word.hasSuffix("?="),
                let data = Data(base64Encoded: String(word.dropFirst(10).dropLast(2)))
            else { return word }
            return String(decoding: data, as: UTF8.self)
        }
        // White space between two encoded words is not part of the text.
        let isEncoded = words.first?.hasPrefix("=?") == true
        return decoded.joined(separator: isEncoded ? "" : " ")
    }

    fileprivate var preheader: String? {
        body.firstMatch(of: #/mso-hide:all">([^<]*)</div>/#).map { String($0.output.1) }
    }

    fileprivate var hasCyrillic: Bool {
        body.unicodeScalars.contains { (0x0400...0x04FF).contains($0.value) }
    }
}
