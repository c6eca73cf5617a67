import Mail
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A pledge lapses only after its reader was told that its charge failed, and its end is told too.
@Suite struct EndOfPledgeTests {
    private typealias Failed = (test: TestBook, pledge: Pledge, processor: ScriptedProcessor)

    /// A yearly pledge whose first charge was declined for good on 22 November: its grace ends on
    /// 20 December, and its next charge is far.
    private func failed(
        _ code: String = "incorrect_number", every interval: Interval = .year
    ) async throws -> Failed {
        let test = try await TestBook(newsroom: .ready)
        let pledge = try await test.register {
            ($0.interval, $0.amount) = (interval, interval == .year ? "50.00" : "5.00")
        }.pledge
        let processor = test.processor(.decline(code))
        try await test.bill(through: processor)
        try #require(try await test.pledge(pledge.id).state == .pastDue)
        return (test, pledge, processor)
    }

    /// A day of all jobs: bills, decides reminders and sends mails. Returns the mails.
    @discardableResult
    private func live(_ day: String, _ failed: Failed) async throws -> [ReceivedMail] {
        try await failed.test.bill(through: failed.processor, on: day)
        _ = try await failed.test.sendReminders()
        return try await failed.test.post()
    }

    private func state(_ failed: Failed) async throws -> PledgeState {
        try await failed.test.pledge(failed.pledge.id).state
    }

    // MARK: Before the end

    @Test func `after an outage over the whole grace the reader is told first, and has a week`()
        async throws
    {
        let failed = try await failed()
        let mails = try await live("2026-12-25", failed)
        #expect(mails.count == 1)
        #expect(mails.first?.body.contains("ends on 1 January 2027") == true)
        for day in ["2026-12-26", "2026-12-31"] {
            #expect(try await live(day, failed).isEmpty)
            #expect(try await state(failed) == .pastDue)
        }
        let last = try await live("2027-01-01", failed)
        #expect(try await state(failed) == .lapsed)
        #expect(last.count == 1)
        #expect(last.first?.body.contains("did not begin") == true)
        try await expectSound(failed.test)
    }

    @Test func `a pledge whose next period is due by then tries that, and the mail says so`()
        async throws
    {
        for (code, isTried) in [("lost_card", false), ("insufficient_funds", true)] {
            let failed = try await failed(code, every: .month)
            let mails = try await live("2026-12-20", failed)
            let body = try #require(mails.first).body
            // The charge of 22 December has its own grace.
            #expect(body.contains("We will try again") == isTried)
            #expect(body.contains("19 January 2027"))
            try await live("2026-12-22", failed)
            #expect(
                try await failed.test.charges(of: failed.pledge).map(\.state)
                    == [.skipped, .declined])
            #expect(failed.processor.orders.count == (isTried ? 2 : 1))
            try await expectSound(failed.test)
        }
    }

    @Test func `while mail is down nobody lapses untold`() async throws {
        let failed = try await failed()
        for day in ["2026-11-29", "2026-12-13", "2026-12-20", "2027-01-20"] {
            try await failed.test.bill(through: failed.processor, on: day)
            _ = try await failed.test.sendReminders()
        }
        #expect(try await state(failed) == .pastDue)
        let mails = try await failed.test.post()
        #expect(mails.allSatisfy { $0.body.contains("27 January 2027") } && !mails.isEmpty)
        try await live("2027-01-26", failed)
        #expect(try await state(failed) == .pastDue)
        try await live("2027-01-27", failed)
        #expect(try await state(failed) == .lapsed)
    }

    @Test func `a mail that was given up while mail was down is made up for`() async throws {
        for reply in [ScriptedProcessor.Reply.decline("incorrect_number"), .needAction()] {
            let test = try await TestBook(newsroom: .ready)
            let pledge = try await test.register {
                ($0.interval, $0.amount) = (.year, "50.00")
            }.pledge
            let processor = test.processor(reply)
            let failed = (test: test, pledge: pledge, processor: processor)
            var day = try #require(CivilDate("2026-11-22"))
            // No mail leaves for three weeks; each is given up after some days.
            for _ in 0..<21 {
                try await test.bill(through: processor, on: day.description)
                _ = try await test.sendReminders()
                for hour in [12, 16, 20] {
                    try test.moveClock(to: "\(day)T\(hour):30:00Z")
                    _ = try await test.deliver(
                        through: RecordingTransport { _ in .retryLater("down") })
                }
                day = day.adding(days: 1)
            }
            #expect(try await test.mails().contains { $0.hasSuffix(" failed") })
            let mails = try await live("2026-12-14", failed)
            #expect(mails.count == 1)
            // A week from the first mail on, and the mail names that day.
            let end = mails[0].token(of: "bank") == nil ? "21 December" : "20 December"
            #expect(mails[0].body.contains(end), "\(mails[0].body)")
            for day in ["2026-12-19", "2026-12-20", "2026-12-21"] { try await live(day, failed) }
            #expect(try await state(failed) == .lapsed)
        }
    }

    @Test func `an imported pledge that lapses had begun`() async throws {
        let test = try await TestBook(newsroom: .ready)
        let pledge = try await test.duePledge { $0.startedOn = "2026-08-22" }
        let processor = test.processor(.decline("lost_card"))
        try await test.bill(through: processor)
        try await test.tellReaders(on: "2026-11-22")
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        let mails = try await test.post()
        #expect(mails.count == 1 && mails[0].body.contains("has ended"))
    }

    @Test(arguments: [true, false])
    func `whoever cannot be told is not waited for`(isSuppressed: Bool) async throws {
        let failed = try await failed()
        if isSuppressed {
            try await SuppressAddress.run(
                "reader@example.org", .all, .bounce, in: failed.test.context())
        } else {
            _ = try await failed.test.sendReminders()
            _ = try await failed.test.deliver(
                through: RecordingTransport { _ in .refused("no such box") })
        }
        try await failed.test.bill(through: failed.processor, on: "2026-12-19")
        #expect(try await state(failed) == .pastDue)
        try await failed.test.bill(through: failed.processor, on: "2026-12-20")
        #expect(try await state(failed) == .lapsed)
    }

    @Test func `what was sent counts, however soon mails are forgotten`() async throws {
        let failed = try await failed()
        try await live("2026-11-22", failed)
        try failed.test.moveClock(to: "2026-12-19T12:00:00Z")
        #expect(try await failed.test.retain { $0.mailDays = 1 }.mails == 0)
        try await live("2026-12-20", failed)
        #expect(try await state(failed) == .lapsed)
    }

    @Test func `a retry that was held until the grace was over is told before the pledge lapses`()
        async throws
    {
        let failed = try await failed("insufficient_funds")
        try failed.test.moveClock(to: "2026-12-10T12:00:00Z")
        _ = try await ReplacePaymentMethod.run(
            try #require(failed.pledge.paymentMethodID), with: MethodInput(token: "tok_new"),
            in: failed.test.context())
        failed.processor.answer(.decline("api_key_expired"))
        #expect(try await failed.test.bill(through: failed.processor).failure != nil)
        #expect(try await failed.test.onlyCharge().state == .held)
        // No job runs for weeks.
        let mails = try await live("2027-01-25", failed)
        #expect(mails.map { $0.body.contains("ends on 1 February 2027") } == [true])
        #expect(mails.allSatisfy { !$0.body.contains("try again") })
        try await live("2027-01-31", failed)
        #expect(try await state(failed) == .pastDue)
        try await live("2027-02-01", failed)
        #expect(try await state(failed) == .lapsed)
        #expect(failed.processor.orders.count == 2)
        try await expectSound(failed.test)
    }

    @Test func `one late mail is enough`() async throws {
        let failed = try await failed()
        var count = 0
        for day in ["2026-12-04", "2026-12-05", "2026-12-08"] {
            count += try await live(day, failed).count
        }
        #expect(count == 1)
    }

    // MARK: At the end

    /// A yearly pledge that lapsed on 20 December; its mail about the end is queued.
    private func lapsed() async throws -> Failed {
        let failed = try await failed()
        try await live("2026-11-22", failed)
        try await failed.test.bill(through: failed.processor, on: "2026-12-20")
        try #require(try await state(failed) == .lapsed)
        try #require(try await failed.test.mails(of: .pledgeEnded) == 1)
        return failed
    }

    @Test func `the end is told, with the way to begin again, and the link's page agrees`()
        async throws
    {
        let failed = try await lapsed()
        let mail = try #require(try await failed.test.post().last)
        #expect(mail.headers["subject"]?.contains("ended") == true)
        #expect(mail.body.contains("Give again"))
        let link = try #require(mail.token(of: "manage"))
        let view = try await OpenLink.run(link, in: failed.test.context())
        #expect(view.pledges.map(\.state) == [.lapsed])
    }

    @Test func `whoever gave again or goes on is not told of an end`() async throws {
        let failed = try await lapsed()
        _ = try await failed.test.register {
            ($0.interval, $0.amount, $0.isSecond) = (.year, "50.00", true)
        }
        #expect(try await failed.test.post().isEmpty)
        #expect(try await failed.test.mails().contains("pledgeEnded failed"))
    }

    @Test(arguments: [(false, false, 0), (true, false, 1), (false, true, 1)])
    func `of what never began only a known address is told`(
        isConfirmed: Bool, gaveBefore: Bool, count: Int
    ) async throws {
        let test = try await TestBook(newsroom: .ready)
        let planted = try await test.plantDue {
            ($0.interval, $0.state, $0.isConfirmed) = (.once, .pending, isConfirmed)
            $0.startedOn = "2026-11-22"
        }
        if gaveBefore {
            let other = try await test.plantSecondPledge(of: planted, in: .cancelled)
            try test.tamper(
                "UPDATE pledges SET charges_succeeded = 1 WHERE id = '\(other.id.text)'")
        }
        let processor = test.processor(.decline("incorrect_number"))
        try await test.bill(through: processor)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(try await test.mails(of: .pledgeEnded) == count)
        let mails = try await test.post()
        #expect(mails.count == count)
        #expect(mails.allSatisfy { $0.body.contains("did not begin") })
    }
}
