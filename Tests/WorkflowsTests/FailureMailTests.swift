import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Who is told that a charge failed, and when.
@Suite struct FailureMailTests {
    private let first = "2026-11-22"

    /// Bills and sends reminders at noon of each day; returns the days on which mails of a kind
    /// were queued.
    private func days(
        of kind: QueuedMail.Kind, from first: String, through last: String, in test: TestBook,
        through processor: ScriptedProcessor
    ) async throws -> [String] {
        var date = try day(first)
        let end = try day(last)
        var days: [String] = []
        while date <= end {
            let before = try await test.mails(of: kind)
            try await test.bill(through: processor, on: date.description)
            _ = try await test.sendReminders()
            let count = try await test.mails(of: kind) - before
            days += Array(repeating: date.description, count: count)
            date = date.adding(days: 1)
        }
        return days
    }

    /// A reader whose charge of today gets this reply, after which reminders are sent.
    private func failed(
        _ reply: ScriptedProcessor.Reply
    ) async throws -> (test: TestBook, pledge: Pledge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(reply)
        try await test.bill(through: processor)
        _ = try await test.sendReminders()
        return (test, pledge, processor)
    }

    // MARK: The days

    @Test func `a soft decline is told after 7 and 21 days: before that it is tried in silence`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline("insufficient_funds"))
        let told = try await days(
            of: .chargeFailed, from: first, through: "2026-12-21", in: test, through: processor)
        #expect(told == ["2026-11-29", "2026-12-13"])
        try await expectSound(test)
    }

    @Test(arguments: ["incorrect_number", "expired_card", "lost_card", "account_closed"])
    func `what a retry cannot mend is told at once too`(code: String) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline(code))
        let told = try await days(
            of: .chargeFailed, from: first, through: "2026-12-21", in: test, through: processor)
        #expect(told == [first, "2026-11-29", "2026-12-13"])
        try await expectSound(test)
    }

    @Test func `a charge without a method is told at once, too`() async throws {
        let test = try await TestBook()
        try await test.plantDue { $0.methodState = .dead }
        let processor = test.processor(.succeed)
        let told = try await days(
            of: .chargeFailed, from: first, through: "2026-12-21", in: test, through: processor)
        #expect(told == [first, "2026-11-29", "2026-12-13"])
        #expect(processor.orders.isEmpty)
    }

    @Test(arguments: [("2026-11-25", 1), ("2026-11-26", 0)])
    func `it is told at most three days late`(day: String, count: Int) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        try await test.bill(through: test.processor(.decline("lost_card")))
        try test.moveClock(to: "\(day)T12:00:00Z")
        _ = try await test.sendReminders()
        _ = try await test.sendReminders()
        #expect(try await test.mails(of: .chargeFailed) == count)
    }

    // MARK: To whom

    @Test(arguments: [(true, 0), (false, 1)])
    func `a reader with a newer pledge is not told about the older one's failures`(
        olderFails: Bool, count: Int
    ) async throws {
        let test = try await TestBook()
        let planted = try await test.plantDue()
        let newer = try await test.plantSecondPledge(of: planted, in: .active)
        let older = try #require(planted.pledge)
        let failing = olderFails ? older.id : newer.id
        let processor = test.processor(.succeed)
        processor.answer { order in
            order.reference.pledgeID == failing ? .decline("incorrect_number") : .succeed
        }
        try await test.bill(through: processor)
        #expect(try await test.pledge(failing).state == .pastDue)
        _ = try await test.sendReminders()
        #expect(try await test.mails(of: .chargeFailed) == count)
        try await expectSound(test)
    }

    @Test func `an opt-out of reminders hides no failure, a bounce does`() async throws {
        let test = try await TestBook()
        for (email, scope) in [
            ("out@example.org", SuppressionScope.support), ("dead@example.org", .all),
        ] {
            try await test.plantDue { $0.email = email }
            try await SuppressAddress.run(email, scope, .complaint, in: test.context())
        }
        try await test.bill(through: test.processor(.decline("lost_card")))
        let summary = try await test.sendReminders()
        #expect(summary.queued == 1 && summary.skippedBecause == [.suppressed: 1])
    }

    @Test func `whoever has paid hears no more of it`() async throws {
        let (test, pledge, processor) = try await failed(.decline("lost_card"))
        #expect(try await test.mails(of: .chargeFailed) == 1)
        let old = try #require(pledge.paymentMethodID)
        _ = try await ReplacePaymentMethod.run(
            old, with: MethodInput(token: "tok_new"), in: test.context())
        processor.answer(.succeed)
        let told = try await days(
            of: .chargeFailed, from: "2026-11-23", through: "2026-12-21", in: test,
            through: processor)
        #expect(told.isEmpty)
        #expect(try await test.mails(of: .receipt) == 1)
    }

    @Test(arguments: [true, false])
    func `whoever has left or rests hears no more of it`(hasLeft: Bool) async throws {
        let (test, pledge, processor) = try await failed(.decline("lost_card"))
        if hasLeft {
            _ = try await CancelPledge.run(
                pledge.id, .init(reason: .cannotAfford, by: .supporter), in: test.context())
        } else {
            _ = try await PausePledge.run(
                pledge.id, until: day("2027-02-01"), in: test.context())
        }
        let told = try await days(
            of: .chargeFailed, from: "2026-11-23", through: "2026-12-21", in: test,
            through: processor)
        #expect(told.isEmpty)
        try await expectSound(test)
    }

    // MARK: In what words

    @Test(arguments: ["stolen_card", "lost_card", "fraudulent", "merchant_blacklist"])
    func `nobody is told that a card was lost or stolen, or of fraud`(
        code: String
    ) async throws {
        let (test, _, _) = try await failed(.decline(code))
        let mail = try #require(await test.post().first)
        // Links are left out, because they end in random letters.
        let body = mail.links.reduce(mail.body) { $0.replacing($1, with: "") }.lowercased()
        #expect(body.contains("did not go through"))
        for word in ["stolen", "lost", "fraud", "blacklist", code] {
            #expect(!body.contains(word), "\(word)")
        }
    }

    @Test(arguments: [("insufficient_funds", true), ("incorrect_number", false)])
    func `it says whether it is tried again`(code: String, isTried: Bool) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline(code))
        _ = try await days(
            of: .chargeFailed, from: first, through: "2026-11-28", in: test, through: processor)
        _ = try await test.post()
        try await test.bill(through: processor, on: "2026-11-29")
        _ = try await test.sendReminders()
        let body = try #require(await test.post().first).body
        #expect(body.contains("We will try again") == isTried)
        #expect(body.contains("$5") && body.contains("December"))
    }

    // MARK: Where the bank asks the reader

    @Test func `a bank's question is put to the reader at once and after 3 and 7 days, as such`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.needAction())
        try await test.bill(through: processor)
        let first = try #require(await test.post().first)
        #expect(first.token(of: "bank") != nil && first.body.contains("20 December 2026"))
        let told = try await days(
            of: .actionNeeded, from: "2026-11-22", through: "2026-12-21", in: test,
            through: processor)
        #expect(told == ["2026-11-25", "2026-11-29"])
        #expect(try await test.mails(of: .chargeFailed) == 0)
        let mails = try await test.post()
        for mail in mails {
            let isEnd = mail.headers["subject"]?.contains("has ended") == true
            #expect(!mail.body.contains("try again"))
            #expect((mail.token(of: "bank") != nil) != isEnd)
        }
        #expect(try await test.mails(of: .pledgeEnded) == 1)
        try await expectSound(test)
    }

    @Test func `an outage delays the bank's question, and one mail makes up for what was missed`()
        async throws
    {
        for day in ["2026-11-25", "2026-11-28", "2026-11-29", "2026-12-03", "2026-12-18"] {
            let test = try await TestBook()
            try await test.plantDue()
            try await test.bill(through: test.processor(.needAction()))
            let before = try await test.mails(of: .actionNeeded)
            try test.moveClock(to: "\(day)T12:00:00Z")
            for _ in 1...2 { _ = try await test.sendReminders() }
            #expect(try await test.mails(of: .actionNeeded) - before == 1, "\(day)")
        }
    }

    @Test func `nobody is asked to confirm what is paid, lowered or tried otherwise`()
        async throws
    {
        let (test, pledge, processor) = try await failed(.needAction())
        processor.settle(
            try await test.reference(of: test.onlyCharge()), as: .succeeded(at: test.now, nil))
        try test.moveClock(to: "2026-11-23T13:00:00Z")
        try await test.bill(through: processor)
        #expect(try await test.pledge(pledge.id).state == .active)
        let kinds = try await test.post().compactMap { $0.headers["subject"] }
        #expect(kinds.count == 1 && !kinds[0].contains("confirm"), "\(kinds)")
        #expect(try await test.mails().contains("actionNeeded failed"))
    }

    @Test func `another attempt is another question`() async throws {
        let (test, pledge, processor) = try await failed(.needAction())
        let old = try #require(pledge.paymentMethodID)
        _ = try await ReplacePaymentMethod.run(
            old, with: MethodInput(token: "tok_new"), in: test.context())
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().attempts == 2)
        #expect(try await test.mails(of: .actionNeeded) == 2)
    }

    @Test func `who leaves while the bank is asked is not sent to the bank's page`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.state = .pending }
        let processor = test.processor(.succeed)
        processor.answer { _ in
            _ = try? await CancelPledge.run(
                pledge.id, Cancellation(reason: .other, by: .supporter), in: test.context())
            return .needAction(url: "https://bank.example/act")
        }
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        #expect(try await test.pledge(pledge.id).state == .cancelled)
        #expect(try await test.mails(of: .actionNeeded) == 0)
        try await expectSound(test)
    }
}
