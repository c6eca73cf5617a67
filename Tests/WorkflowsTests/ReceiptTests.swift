import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Who is told that a payment came, and how often.
@Suite struct ReceiptTests {
    /// Bills in November and in December; both charges succeed.
    private func billed(
        _ change: (inout Plant) -> Void = { _ in }, policy: RiskPolicy? = nil
    ) async throws -> (test: TestBook, pledge: Pledge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        if let policy { try await test.setPolicy(policy, for: "GE") }
        let pledge = try await test.duePledge(change)
        let processor = test.processor(.succeed)
        for day in ["2026-11-22", "2026-12-22"] {
            #expect(try await test.bill(through: processor, on: day).charged.succeeded == 1)
        }
        return (test, pledge, processor)
    }

    /// The days around January on which a yearly receipt was made.
    private func daysOfYearlyReceipts(_ test: TestBook) async throws -> [String] {
        var days: [String] = []
        for day in ["2026-12-31", "2027-01-01", "2027-01-02", "2027-01-31", "2027-02-01"] {
            try test.moveClock(to: "\(day)T12:00:00Z")
            let before = try await test.mails(of: .yearlyReceipt)
            _ = try await test.sendReminders()
            if try await test.mails(of: .yearlyReceipt) > before { days.append(day) }
        }
        return days
    }

    // MARK: For each payment

    @Test func `each payment has one receipt, however often it is run`() async throws {
        let (test, _, processor) = try await billed()
        #expect(try await test.mails(of: .receipt) == 2)
        try await test.bill(through: processor)
        try await test.reconcile(through: processor)
        #expect(try await test.mails(of: .receipt) == 2)
        #expect(try await daysOfYearlyReceipts(test).isEmpty)
        try await expectSound(test)
    }

    @Test func `it says how much it was and when the next one is`() async throws {
        let (test, _, _) = try await TestBook.charged()
        let mails = try await test.post()
        #expect(mails.count == 1)
        let body = try #require(mails.first).body
        #expect(body.contains("received your payment") && body.contains("$5"))
        #expect(body.contains("November") && body.contains("December"))
    }

    @Test func `for months in advance it says how many, and what one costs`() async throws {
        let test = try await TestBook()
        try await test.register { $0.collectEvery = 3 }
        try await test.bill(through: test.processor(.succeed))
        let body = try #require(await test.post().first).body
        #expect(body.contains("$15") && body.contains("$5"))
    }

    @Test func `a decline gives no receipt`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        try await test.bill(through: test.processor(.decline("insufficient_funds")))
        #expect(try await test.mails(of: .receipt) == 0)
    }

    @Test func `whoever was forgotten before the answer came gets none`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.lose(.succeed))
        try await test.bill(through: processor)
        _ = try await EraseSupporter.run(pledge.supporterID, by: .supporter, in: test.context())
        test.now = test.now.adding(seconds: 300)
        try await test.reconcile(through: processor)
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(try await test.rows("SELECT 1 FROM mail_messages").isEmpty)
        try await expectSound(test)
    }

    // MARK: Once a year

    @Test func `whoever wants one a year gets it in January alone, once`() async throws {
        let (test, _, _) = try await billed { $0.receipts = .yearly }
        #expect(try await test.mails(of: .receipt) == 0)
        #expect(try await daysOfYearlyReceipts(test) == ["2027-01-01"])
        let body = try #require(await test.post().first).body
        #expect(body.contains("2026") && body.contains("$10"))
        try await expectSound(test)
    }

    @Test func `January begins where the newsroom is`() async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = "Pacific/Auckland"
        let test = try await TestBook(newsroom: newsroom)
        try await test.plantDue { $0.receipts = .yearly }
        try await test.bill(through: test.processor(.succeed))
        try test.moveClock(to: "2026-12-31T10:59:59Z")
        _ = try await test.sendReminders()
        #expect(try await test.mails(of: .yearlyReceipt) == 0)
        try test.moveClock(to: "2026-12-31T11:00:00Z")
        _ = try await test.sendReminders()
        #expect(try await test.mails(of: .yearlyReceipt) == 1)
    }

    @Test func `it tells of the year before, whatever was paid since`() async throws {
        let (test, _, processor) = try await billed { $0.receipts = .yearly }
        try await test.bill(through: processor, on: "2027-01-22")
        _ = try await test.sendReminders()
        let body = try #require(await test.post().first).body
        #expect(body.contains("$10") && !body.contains("$15"))
    }

    @Test(arguments: [1, 2])
    func `a refunded charge is not counted, and without a charge there is no receipt`(refunds: Int)
        async throws
    {
        let (test, pledge, processor) = try await billed { $0.receipts = .yearly }
        processor.answerRefunds(.succeed)
        for charge in try await test.charges(of: pledge).prefix(refunds) {
            try await test.refund(charge, through: processor)
        }
        try test.moveClock(to: "2027-01-02T12:00:00Z")
        _ = try await test.sendReminders()
        let mails = try await test.post()
        #expect(mails.count == 2 - refunds)
        if let mail = mails.first { #expect(mail.body.contains("$5")) }
    }

    @Test func `it comes once, however soon mails are forgotten`() async throws {
        let (test, _, _) = try await billed { $0.receipts = .yearly }
        var posted = 0
        for number in 1...31 {
            try test.moveClock(to: "2027-01-\(number < 10 ? "0" : "")\(number)T12:00:00Z")
            _ = try await test.sendReminders()
            posted += try await test.post().count
            #expect(try await test.retain { $0.mailDays = 1 }.mails == 0)
        }
        #expect(posted == 1)
        try test.moveClock(to: "2027-02-02T12:00:00Z")
        #expect(try await test.retain { $0.mailDays = 1 }.mails == 1)
        _ = try await test.sendReminders()
        #expect(try await test.mails(of: .yearlyReceipt) == 0)
    }

    @Test func `of two who want one, each gets their own`() async throws {
        let test = try await TestBook()
        for email in ["a@example.org", "b@example.org"] {
            try await test.plantDue { ($0.email, $0.receipts) = (email, .yearly) }
        }
        try await test.plantDue { ($0.email, $0.receipts) = ("unpaid@example.org", .yearly) }
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, .init(limit: 2))
        try test.moveClock(to: "2027-01-01T12:00:00Z")
        _ = try await test.sendReminders()
        #expect(try await test.mails(of: .yearlyReceipt) == 2)
    }

    // MARK: Where a mail could be a risk

    @Test(arguments: [RiskPolicy.warn, .oneOffOnly])
    func `under a policy only the first payment has one`(policy: RiskPolicy) async throws {
        let (test, pledge, _) = try await billed({ $0.country = "GE" }, policy: policy)
        #expect(try await test.charges(of: pledge).count == 2)
        #expect(try await test.mails(of: .receipt) == 1)
        try await expectSound(test)
    }

    @Test(arguments: [RiskPolicy.warn, .oneOffOnly])
    func `under a policy there is none about the year`(policy: RiskPolicy) async throws {
        let (test, _, _) = try await billed(
            {
                $0.country = "GE"
                $0.receipts = .yearly
            }, policy: policy)
        #expect(try await test.mails(of: .receipt) == 0)
        #expect(try await daysOfYearlyReceipts(test).isEmpty)
    }

    @Test func `a policy for elsewhere changes nothing`() async throws {
        let (test, _, _) = try await billed({ $0.country = "DE" }, policy: .warn)
        #expect(try await test.mails(of: .receipt) == 2)
    }
}
