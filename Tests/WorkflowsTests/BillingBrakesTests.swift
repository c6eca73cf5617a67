import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What stops a billing run before it does harm, and what a dry run says.
@Suite struct BillingBrakesTests {
    // MARK: Too many declines

    @Test func `a run stops when most of its first fifty calls are declined`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(60)
        let processor = test.processor(.decline("insufficient_funds"))
        let message = await expectRefusal(.unavailable) { try await test.bill(through: processor) }
        #expect(message.contains("50 of 50"))
        #expect(processor.orders.count == 50)
        let charges = try await test.charges()
        #expect(charges.count { $0.state == .declined } == 50)
        let held = charges.filter { $0.state == .held }
        #expect(held.count == 10 && held.allSatisfy { $0.reason == "runStopped" })
        for charge in held.prefix(2) {
            #expect(
                try await test.history(of: charge.id.text) == ["charge.submitted", "charge.held"])
            #expect(try await test.attempts(of: charge).map(\.state) == [.withdrawn])
        }
        try await expectSound(test)
        // Once an operator has looked into it, what was put back goes out under a new key.
        processor.answer(.succeed)
        #expect(try await test.bill(through: processor).retried.succeeded == 10)
        #expect(Set(processor.keys.suffix(10)) == Set(held.map { "\($0.pledgeID.text):1:2" }))
        try await expectSound(test)
    }

    @Test func `a run in which half of the calls are declined goes on`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(60)
        let processor = test.processor(.succeed)
        processor.answer { [processor] _ in
            processor.orders.count.isMultiple(of: 2) ? .decline("do_not_honor") : .succeed
        }
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.declined == 30 && summary.charged.succeeded == 30)
    }

    @Test func `of fewer than fifty calls all may be declined`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(49)
        let processor = test.processor(.decline("do_not_honor"))
        #expect(try await test.bill(through: processor).charged.declined == 49)
    }

    @Test func `declined retries do not stop a run`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(49)
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        test.now = test.now.adding(days: 1)
        for number in 0..<11 {
            try await test.plantDue {
                ($0.email, $0.nextChargeOn) = ("new\(number)@example.org", "2026-11-23")
            }
        }
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.declined == 11 && summary.retried.declined == 49)
    }

    @Test func `a pledge without a method does not count as a declined call`() async throws {
        let test = try await TestBook()
        for number in 0..<60 {
            try await test.plantDue {
                ($0.email, $0.hasMethod) = ("r\(number)@example.org", number >= 40)
            }
        }
        let summary = try await test.bill(through: test.processor(.succeed))
        #expect(summary.charged.declined == 40 && summary.charged.succeeded == 20)
    }

    // MARK: Just before the call

    @Test func `a country that is refused meanwhile is not called any more`() async throws {
        let test = try await TestBook()
        for number in 0..<2 {
            try await test.plantDue {
                ($0.email, $0.country) = ("r\(number)@example.org", "RU")
            }
        }
        let processor = test.processor(.succeed)
        processor.answer { _ in
            try? await test.setPolicy(.refuse, for: "RU")
            return .succeed
        }
        #expect(try await test.bill(through: processor).charged.succeeded == 1)
        #expect(processor.orders.count == 1)
        try await test.bill(through: processor)
        #expect(
            try await test.charges().map(\.state).sorted { $0.rawValue < $1.rawValue } == [
                .held, .succeeded,
            ])
        #expect(processor.orders.count == 1)
        try await expectSound(test)
    }

    @Test func `a card that another pledge's decline made dead is not charged`() async throws {
        let test = try await TestBook()
        let planted = try await test.plantDue()
        _ = try await test.plantSecondPledge(of: planted, in: .active)
        let processor = test.processor(.decline("stolen_card"))
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        try await test.bill(through: processor)
        #expect(processor.orders.count == 1)
        #expect(try await test.charges().map(\.state) == [.declined, .declined])
        try await expectSound(test)
    }

    // MARK: The daily ceiling

    private func ceiling(_ minorUnits: Int64, of test: TestBook) throws -> Settings {
        var settings = try test.standardSettings()
        settings.billing.dailyMaximums = ["USD": minorUnits]
        return settings
    }

    @Test func `nothing is sent that would pass the day's ceiling`() async throws {
        let test = try await TestBook()
        let pledges = try await test.plantDue(2)
        let processor = test.processor(.succeed)
        let message = await expectRefusal(.notPermitted, field: .billingDailyMax) {
            try await test.bill(through: processor, settings: ceiling(999, of: test))
        }
        #expect(message.contains("9.99 USD"))
        #expect(processor.orders.isEmpty)
        #expect(try await test.charges().isEmpty)
        for pledge in pledges { #expect(try await test.pledge(pledge.id) == pledge) }
        let summary = try await test.bill(
            through: processor, settings: ceiling(1_000, of: test))
        #expect(summary.charged.succeeded == 2)
        try await expectSound(test)
    }

    @Test func `the ceiling counts all runs of a day, and each currency by itself`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        try await test.plantDue { ($0.email, $0.currency) = ("euro@example.org", "EUR") }
        let settings = try ceiling(999, of: test)
        #expect(try await test.bill(through: processor, settings: settings).charged.succeeded == 1)
        try await test.plantDue { $0.email = "second@example.org" }
        await expectRefusal(.notPermitted, field: .billingDailyMax) {
            try await test.bill(through: processor, settings: settings)
        }
        #expect(processor.orders.count == 2)
        test.now = test.now.adding(days: 1)
        #expect(try await test.bill(through: processor, settings: settings).charged.succeeded == 1)
    }

    @Test func `what was put back without a call leaves the ceiling`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(3)
        let settings = try ceiling(2_000, of: test)
        let processor = test.processor(.decline("api_key_expired"))
        await expectRefusal(.unavailable) {
            try await test.bill(through: processor, settings: settings)
        }
        processor.answer(.succeed)
        test.now = test.now.adding(seconds: 60)
        // One was called in vain; three are called now.
        let summary = try await test.bill(through: processor, settings: settings)
        #expect(summary.retried.succeeded == 3)
        try await expectSound(test)
    }

    // MARK: Clocks, accounts, modes, copies

    @Test(arguments: [Int64(600_001), -600_001, 86_400_000])
    func `a clock that is ten minutes off stops everything`(ahead: Int64) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.succeed)
        processor.aheadMilliseconds = ahead
        await expectRefusal(.notPermitted) { try await test.bill(through: processor) }
        await expectRefusal(.notPermitted) { try await test.reconcile(through: processor) }
        #expect(processor.orders.isEmpty)
        #expect(try await test.charges().isEmpty)
    }

    @Test(arguments: [Int64(600_000), -600_000, 0])
    func `clocks need not agree to the minute`(ahead: Int64) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.succeed)
        processor.aheadMilliseconds = ahead
        #expect(try await test.bill(through: processor).charged.succeeded == 1)
    }

    @Test func `an operator error stops the run and changes no pledge`() async throws {
        let test = try await TestBook()
        let pledges = try await test.plantDue(3)
        let processor = test.processor(.decline("api_key_expired"))
        let message = await expectRefusal(.unavailable) { try await test.bill(through: processor) }
        #expect(message.contains("api_key_expired"))
        #expect(processor.orders.count == 1)
        let charges = try await test.charges()
        #expect(charges.allSatisfy { $0.state == .held })
        #expect(
            charges.compactMap(\.reason).sorted() == [
                "api_key_expired", "runStopped", "runStopped",
            ])
        for pledge in pledges {
            let present = try await test.pledge(pledge.id)
            #expect(present.state == .active && present.version == 1)
        }
        processor.answer(.succeed)
        test.now = test.now.adding(seconds: 60)
        #expect(try await test.bill(through: processor).retried.succeeded == 3)
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        try await expectSound(test)
    }

    @Test func `one wrong token does not block the others for ever`() async throws {
        let test = try await TestBook()
        let wrong = try await test.duePledge { ($0.email, $0.token) = ("w@example.org", "tok_w") }
        _ = try await test.plantDue(3)
        let processor = test.processor(.succeed)
        processor.answer { order in
            order.reference.pledgeID == wrong.id ? .decline("resource_missing") : .succeed
        }
        await expectRefusal(.unavailable) { try await test.bill(through: processor) }
        for _ in 0..<2 {
            test.now = test.now.adding(hours: 1)
            await expectRefusal(.unavailable) { try await test.bill(through: processor) }
        }
        #expect(try await test.charges().count { $0.state == .succeeded } == 3)
        #expect(try await test.charges(of: wrong).map(\.state) == [.held])
        try await expectSound(test)
    }

    @Test func `test and live money never mix in one book`() async throws {
        let (test, _, _) = try await TestBook.charged()
        try await test.plantDue { $0.email = "second@example.org" }
        let live = test.processor(.succeed, mode: .live)
        let message = await expectRefusal(.notPermitted) { try await test.bill(through: live) }
        #expect(message.contains("test mode") && message.contains("live mode"))
        #expect(live.orders.isEmpty)
        try await expectSound(test)
    }

    @Test func `an older copy of the book charges nobody`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let copy = try await test.copy()
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        await expectRefusal(.notPermitted) { try await copy.bill(through: processor) }
        await expectRefusal(.notPermitted) {
            try await copy.bill(through: processor, .init(isDryRun: true))
        }
        await expectRefusal(.notPermitted) { try await copy.reconcile(through: processor) }
        #expect(processor.orders.count == 1)
    }

    // MARK: Rehearsals

    @Test func `a dry run counts by currency, asks nobody and writes nothing`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        try await test.plantDue {
            ($0.email, $0.currency, $0.minorUnits) = ("b@example.org", "EUR", 700)
        }
        try await test.plantDue {
            ($0.email, $0.currency, $0.minorUnits) = ("c@example.org", "JPY", 900)
        }
        try await test.plantDue { ($0.email, $0.methodState) = ("d@example.org", .expired) }
        try await test.plantDue {
            ($0.email, $0.lastChargedOn) = ("e@example.org", "2026-11-20")
        }
        let processor = test.processor(.succeed)
        processor.isDown = true
        let events = try await test.events().count
        let summary = try await test.bill(through: processor, .init(isDryRun: true))
        #expect(summary.charged.claimed == 3)
        #expect(summary.charged.amounts == ["USD": 500, "EUR": 700, "JPY": 900])
        #expect(summary.charged.declined == 1 && summary.charged.held == 1)
        #expect(
            summary.charged.json["amounts"]?.text
                == #"{"EUR":"7.00","JPY":"900","USD":"5.00"}"#)
        #expect(processor.orders.isEmpty)
        #expect(try await test.events().count == events)
        #expect(try await test.charges().isEmpty)
        #expect(try await test.rows("SELECT runs FROM newsroom").first?.integer(0) == 0)
        processor.isDown = false
        let done = try await test.bill(through: processor).charged
        #expect(done.claimed == 3 && done.amounts == summary.charged.amounts)
        #expect(done.declined == 1 && done.held == 1)
    }

    @Test(arguments: [("2026-11-30", 0), ("2026-12-01", 1), ("2027-01-01", 0)])
    func `a dry run may look ahead to the end of a day`(until: String, claimed: Int) async throws {
        let test = try await TestBook()
        try await test.plantDue {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-01", "2026-12-01")
            $0.methodExpires = YearMonth("2026-12")
        }
        let processor = test.processor(.succeed)
        let options = RunBilling.Options(isDryRun: true, until: try day(until))
        let summary = try await test.bill(through: processor, options)
        // By the turn of the year the method has expired.
        #expect(summary.charged.claimed == claimed)
        #expect(summary.charged.declined == (until == "2027-01-01" ? 1 : 0))
        #expect(try await test.pledges().map(\.nextChargeOn) == [CivilDate("2026-12-01")])
        #expect(try await test.methods().map(\.state) == [.active])
    }

    @Test func `a dry run does not look back`() async throws {
        let test = try await TestBook()
        let processor = test.processor(.succeed)
        await expectRefusal(.invalid, field: .until) {
            try await test.bill(
                through: processor, .init(isDryRun: true, until: day("2026-11-21")))
        }
    }
}
