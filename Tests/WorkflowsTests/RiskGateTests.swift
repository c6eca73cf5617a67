import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// How the newsroom's policy applies to every way into the book.
@Suite struct RiskGateTests {
    private func book(_ policies: [String: RiskPolicy]) async throws -> TestBook {
        let test = try await TestBook()
        for (country, policy) in policies {
            _ = try await SetRiskPolicy.run(country, policy, in: test.context())
        }
        return test
    }

    private func expectEmpty(_ test: TestBook) async throws {
        for table in ["supporters", "pledges", "events", "idempotent_requests", "mail_messages"] {
            #expect(try await test.rows("SELECT 1 FROM \(table)").isEmpty, "\(table)")
        }
    }

    static let ways: [(String, @Sendable (inout Registration) -> Void)] = [
        ("declared", { $0.person.country = "RU" }),
        ("address", { $0.person.email = "reader@mail.ru" }),
        ("connection", { $0.connectionCountry = "RU" }),
        ("issuing", { $0.method?.issuingCountry = "RU" }),
    ]

    @Test(arguments: [0, 1, 2, 3])
    func `a refusal, by whatever is known, says why and stores nothing`(way: Int) async throws {
        let test = try await book(["RU": .refuse])
        let message = await expectRefusal(.notPermitted) {
            try await test.register {
                Self.ways[way].1(&$0)
                $0.confirmsRisk = true
                $0.idempotencyKey = "key"
            }
        }
        #expect(message.contains("Nothing that you entered was kept"))
        try await expectEmpty(test)
    }

    @Test func `the processor's preview of a token counts, where the caller does not say`()
        async throws
    {
        let test = try await book(["RU": .refuse])
        let processors = Processors([try test.sandbox()])
        let context = try test.context()
        let abroad = try await MethodInput(token: "sandbox_country_RU").previewed(
            through: processors, in: context)
        await expectRefusal(.notPermitted) { try await test.register { $0.method = abroad } }
        try await expectEmpty(test)
        let home = try await MethodInput(token: "sandbox_country_DE").previewed(
            through: processors, in: context)
        try await test.register { $0.method = home }
        #expect(try await test.methods().map(\.secret?.issuingCountry) == ["DE"])
        // The caller's own word takes precedence, and a processor that is not set up here is
        // refused.
        var said = MethodInput(token: "sandbox_country_RU", issuingCountry: "DE")
        #expect(try await said.previewed(through: processors, in: context) == said)
        said.processor = "other"
        await expectRefusal(.invalid, field: .processor) {
            try await said.previewed(through: processors, in: context)
        }
        await expectRefusal(.invalid, field: .methodToken) {
            try await MethodInput(token: "4242424242424242").previewed(
                through: processors, in: context)
        }
    }

    @Test func `a refusal is in the reader's language`() async throws {
        let test = try await book(["RU": .refuse])
        let message = await expectRefusal(.notPermitted) {
            try await test.register { $0.person = PersonInput(email: "a@mail.ru", locale: "ru-RU") }
        }
        #expect(message.contains("не сохранено"))
    }

    @Test func `a warning lists what a bank sees, and whoever confirms goes on`() async throws {
        let test = try await book(["GE": .warn])
        let message = await expectRefusal(.notPermitted, field: .confirmsRisk) {
            try await test.register { $0.person.country = "GE" }
        }
        for seen in ["Daily Test gGmbH", "id", "country", "$5", "day and time"] {
            #expect(message.contains(seen), "\(seen)")
        }
        for never in ["safe", "anonymous", "legal", "untraceable"] {
            #expect(!message.lowercased().contains(never), "\(never)")
        }
        try await expectEmpty(test)
        try await test.register {
            $0.person.country = "GE"
            $0.confirmsRisk = true
        }
        try await expectSound(test)
    }

    @Test func `the confirmation does not change the idempotency digest`() async throws {
        let test = try await book(["GE": .warn])
        let first = try await test.register {
            $0.person.country = "GE"
            $0.confirmsRisk = true
            $0.idempotencyKey = "key"
        }
        // The digest leaves the confirmation out, so the request without it is the same request.
        let again = try await test.register {
            $0.person.country = "GE"
            $0.idempotencyKey = "key"
        }
        #expect(again.isRepeat && again.json == first.json)
    }

    @Test func `single payments only means single payments, after the warning`() async throws {
        let test = try await book(["BY": .oneOffOnly])
        let message = await expectRefusal(.notPermitted) {
            try await test.register {
                $0.person.country = "BY"
                $0.confirmsRisk = true
            }
        }
        #expect(message.contains("single payment"))
        await expectRefusal(.notPermitted, field: .confirmsRisk) {
            try await test.register { ($0.person.country, $0.interval) = ("BY", .once) }
        }
        try await test.register {
            ($0.person.country, $0.interval, $0.confirmsRisk) = ("BY", .once, true)
        }
    }

    @Test func `what is known of a reader counts, whatever they say today`() async throws {
        let test = try await TestBook()
        try await test.register { $0.method?.issuingCountry = "RU" }
        try await test.book.write {
            try $0.set(
                StoredRiskPolicy(
                    country: "RU", policy: .refuse, refuseFrom: nil, updatedAt: .noon))
        }
        await expectRefusal(.notPermitted) {
            try await test.register { ($0.isSecond, $0.person.country) = (true, "DE") }
        }
        await expectRefusal(.notPermitted) { try await test.ask(.week) }
    }

    @Test func `a refused reader gets no reminder, entry, method or migration`() async throws {
        let test = try await book(["RU": .refuse])
        await expectRefusal(.notPermitted) { try await test.ask(.week, email: "a@yandex.ru") }
        await expectRefusal(.notPermitted) {
            try await AddSupporter.run(PersonInput(email: "a@bk.ru"), in: test.context())
        }
        try await expectEmpty(test)
        let pledge = try await test.register().pledge
        let method = try #require(pledge.paymentMethodID)
        let russian = MethodInput(token: "tok_2", issuingCountry: "RU")
        await expectRefusal(.notPermitted) {
            try await AttachPaymentMethod.run(
                russian, to: pledge.supporterID, paying: nil, in: test.context())
        }
        await expectRefusal(.notPermitted) {
            try await ReplacePaymentMethod.run(method, with: russian, in: test.context())
        }
        await expectRefusal(.notPermitted) {
            try await UpdateSupporter.run(
                pledge.supporterID, .init(country: "RU"), in: test.context())
        }
        #expect(try await test.methods().count == 1)
        try await expectSound(test)
    }

    @Test func `mail is discreet under a warning and not sent under a refusal`()
        async throws
    {
        let test = try await TestBook()
        for email in ["a@example.de", "b@example.ge", "c@mail.ru"] {
            try await test.ask(.every(months: 1), email: email)
        }
        for (country, policy) in [("GE", RiskPolicy.warn), ("RU", .refuse)] {
            _ = try await SetRiskPolicy.run(country, policy, in: test.context())
        }
        let mails = try await test.post()
        func mail(to address: String) throws -> ReceivedMail {
            try #require(mails.first { $0.headers["to"]?.contains(address) == true })
        }
        #expect(mails.count == 2)
        let open = try mail(to: "a@example.de").headers
        #expect(open["from"]?.contains("The Daily Test") == true)
        let discreet = try mail(to: "b@example.ge").headers
        #expect(discreet["from"]?.contains("The Daily Test") == false)
        #expect(discreet["subject"] == "Your reminder")
        // The refused one's mail is given up for a reason that other causes share.
        let failed = try await test.rows("SELECT reason FROM mail_messages WHERE state = 'failed'")
        #expect(try failed.map { try $0.text(0) } == ["suppressed"])
    }

    @Test func `a due reminder of somebody refused meanwhile is skipped as others are`()
        async throws
    {
        let test = try await TestBook()
        let reminder = try await test.ask(.week, email: "c@mail.ru")
        _ = try await SetRiskPolicy.run("RU", .refuse, in: test.context())
        test.now = reminder.dueAt
        #expect(try await test.sendReminders().skippedBecause == [.suppressed: 1])
    }

    @Test func `rows that the policy keeps out are reported, and the others go in`() async throws {
        let test = try await book(["RU": .refuse, "BY": .oneOffOnly, "GE": .warn])
        let result = try await test.importing(
            "email,country,amount,currency,interval,method_token,method_country",
            "a@example.org,DE,5.00,USD,month,t1,DE",
            "b@mail.ru,DE,5.00,USD,month,t2,DE",
            "c@example.org,BY,5.00,USD,month,t3,BY",
            "d@example.org,BY,5.00,USD,once,t4,BY",
            "e@example.org,GE,5.00,USD,month,t5,GE",
            "f@example.org,DE,5.00,USD,month,t6,RU")
        #expect(result.bad.map(\.line) == [3, 4, 7])
        #expect(result.summary.imported == 3 && result.summary.bad == 3)
        try await expectSound(test)
    }

    @Test func `the doctor asks for a review once money moves`() async throws {
        let test = try await TestBook()
        func isSound() async throws -> Bool? {
            try await RunDoctor.run(in: test.context()).first { $0.name == "risk policy" }?.isSound
        }
        try await test.register()
        #expect(try await isSound() == true)
        try await test.register {
            $0.person = PersonInput(email: "b@example.org")
            $0.method?.processor = "stripe"
        }
        #expect(try await isSound() == false)
        _ = try await SetRiskPolicy.run("*", .allow, in: test.context())
        #expect(try await isSound() == true)
    }
}
