import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What stops a billing run before it does harm, and what a dry run says.
@Suite struct BillingBrakesTests {
    // MARK: Too many declines

    @Test func `the brake closes when most of the last fifty calls are declined`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(60)
        let processor = test.processor(.decline("insufficient_funds"))
        let summary = try await test.bill(through: processor)
        #expect(summary.stopped == ["sandbox": "50 of the last 50 charges were declined"])
        let failure = try #require(summary.failure)
        #expect(failure.contains("50 of the last 50") && failure.contains("attention list"))
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
        // It stays closed, run after run, until a person opens it.
        processor.answer(.succeed)
        for day in ["2026-11-23", "2026-11-24"] {
            let summary = try await test.bill(through: processor, on: day)
            #expect(summary.stopped.keys.sorted() == ["sandbox"] && summary.failure != nil)
        }
        #expect(processor.orders.count == 50)
        #expect(try await test.openAttention().map(\.kind) == [.brakeClosed])
        #expect(try await ResumeBilling.run(in: test.context()) == ["sandbox"])
        #expect(try await test.openAttention().isEmpty)
        // What was put back goes out under a new key.
        #expect(try await test.bill(through: processor).retried.succeeded == 60)
        let keys = Set(processor.keys.dropFirst(50))
        #expect(keys.isSuperset(of: held.map { "\($0.pledgeID.text):1:2" }))
        #expect(try await ResumeBilling.run(in: test.context()).isEmpty)
        try await expectSound(test)
    }

    @Test func `the brake counts calls of all runs`() async throws {
        let test = try await TestBook()
        let processor = test.processor(.decline("do_not_honor"))
        for number in 0..<60 {
            try await test.plantDue { $0.email = "r\(number)@example.org" }
            try await test.bill(through: processor)
        }
        #expect(processor.orders.count == 50)
        let states = try await test.charges().map(\.state)
        #expect(states.count { $0 == .declined } == 50 && states.count == 50)
        try await expectSound(test)
    }

    @Test func `strangers cannot close the brake with first charges`() async throws {
        let test = try await TestBook()
        for number in 0..<60 {
            try await test.plantDue { ($0.email, $0.state) = ("r\(number)@example.org", .pending) }
        }
        let summary = try await test.bill(through: test.processor(.decline("stolen_card")))
        #expect(summary.charged.declined == 60 && summary.stopped.isEmpty)
    }

    @Test func `a closed brake of one processor leaves the others alone, and gives nobody up`()
        async throws
    {
        let test = try await TestBook()
        _ = try await test.plantDue(51)
        try await test.plantDue { ($0.email, $0.processor) = ("other@example.org", "other") }
        let bad = test.processor(.decline("insufficient_funds"))
        let good = test.processor(.succeed, name: "other")
        let both = Processors([bad, good])
        let summary = try await RunBilling.run(through: both, in: test.context())
        #expect(summary.charged.succeeded == 1 && bad.orders.count == 50)
        // Long after every grace, nobody whose charges could not be tried is given up.
        try test.moveClock(to: "2026-12-21T12:00:00Z")
        let later = try await RunBilling.run(through: both, in: test.context())
        #expect(later.advanced.lapsed == 0 && bad.orders.count == 50)
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

    @Test func `declined retries do not close the brake`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(30)
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        test.now = test.now.adding(days: 1)
        for number in 0..<11 {
            try await test.plantDue {
                ($0.email, $0.nextChargeOn) = ("new\(number)@example.org", "2026-11-23")
            }
        }
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.declined == 11 && summary.retried.declined == 30)
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

    @Test func `what would pass the day's ceiling is held, and the rest goes on`() async throws {
        let test = try await TestBook()
        for (number, minorUnits) in [(1, 600), (2, 600), (3, 300)] as [(Int, Int64)] {
            try await test.plantDue {
                ($0.email, $0.minorUnits) = ("r\(number)@example.org", minorUnits)
            }
        }
        try await test.plantDue { ($0.email, $0.currency) = ("euro@example.org", "EUR") }
        let processor = test.processor(.succeed)
        let summary = try await test.bill(through: processor, settings: ceiling(999, of: test))
        #expect(summary.charged.amounts == ["USD": 900, "EUR": 500])
        #expect(summary.charged.held == 1 && summary.charged.ceilings == ["USD"])
        #expect(summary.failure == nil && summary.complaint?.contains("billing.daily_max") == true)
        let held = try #require(await test.charges().first { $0.state == .held })
        #expect(held.amount.minorUnits == 600 && held.reason == "ceilingReached")
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.ceilingReached] && open[0].subject == "USD")
        #expect(open[0].detail == "9.99 USD on 2026-11-22")
        // The same ceiling holds it for the rest of the day; a higher one lets it go.
        let again = try await test.bill(through: processor, settings: ceiling(999, of: test))
        #expect(again.retried.claimed == 0)
        let raised = try await test.bill(through: processor, settings: ceiling(2_000, of: test))
        #expect(raised.retried.amounts == ["USD": 600])
        #expect(try await test.openAttention().isEmpty)
        try await expectSound(test)
    }

    @Test func `the ceiling counts all runs of a day, and each currency by itself`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        try await test.plantDue { ($0.email, $0.currency) = ("euro@example.org", "EUR") }
        let settings = try ceiling(999, of: test)
        #expect(try await test.bill(through: processor, settings: settings).charged.succeeded == 1)
        try await test.plantDue { $0.email = "second@example.org" }
        let summary = try await test.bill(through: processor, settings: settings)
        #expect(summary.charged.held == 1 && processor.orders.count == 2)
        test.now = test.now.adding(days: 1)
        #expect(try await test.bill(through: processor, settings: settings).retried.succeeded == 1)
        #expect(try await test.openAttention().isEmpty)
        try await expectSound(test)
    }

    @Test func `what is declined leaves room below the ceiling`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(4)
        let processor = test.processor(.decline("lost_card"))
        let settings = try ceiling(2_000, of: test)
        #expect(try await test.bill(through: processor, settings: settings).charged.declined == 4)
        for number in 4..<8 {
            try await test.plantDue { $0.email = "r\(number)@example.org" }
        }
        processor.answer(.succeed)
        #expect(try await test.bill(through: processor, settings: settings).charged.succeeded == 4)
    }

    @Test func `a retry that would pass the ceiling waits a day`() async throws {
        let test = try await TestBook()
        try await test.plantDue { $0.minorUnits = 900 }
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try test.moveClock(to: "2026-11-23T12:00:00Z")
        try await test.plantDue {
            ($0.email, $0.nextChargeOn, $0.startedOn) = (
                "second@example.org", "2026-11-23", "2026-01-23"
            )
        }
        processor.answer(.succeed)
        let settings = try ceiling(1_000, of: test)
        let summary = try await test.bill(through: processor, settings: settings)
        #expect(summary.charged.amounts == ["USD": 500] && summary.retried.held == 1)
        #expect(summary.retried.ceilings == ["USD"])
        test.now = test.now.adding(days: 1)
        let next = try await test.bill(through: processor, settings: settings)
        #expect(next.retried.amounts == ["USD": 900])
        try await expectSound(test)
    }

    @Test func `what was put back without a call leaves the ceiling`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(3)
        let settings = try ceiling(2_000, of: test)
        let processor = test.processor(.decline("api_key_expired"))
        #expect(try await test.bill(through: processor, settings: settings).failure != nil)
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

    @Test func `a refused account stops its processor alone, and changes no pledge`() async throws {
        let test = try await TestBook()
        let pledges = try await test.plantDue(3)
        let other = try await test.duePledge {
            ($0.email, $0.processor) = ("other@example.org", "other")
        }
        let processor = test.processor(.decline("api_key_expired"))
        let good = test.processor(.succeed, name: "other")
        let both = Processors([processor, good])
        let summary = try await RunBilling.run(through: both, in: test.context())
        #expect(summary.stopped == ["sandbox": "api_key_expired"])
        #expect(summary.failure?.contains("api_key_expired") == true)
        #expect(processor.orders.count == 1 && summary.charged.succeeded == 1)
        let charges = try await test.charges().filter { $0.pledgeID != other.id }
        #expect(charges.allSatisfy { $0.state == .held })
        #expect(charges.compactMap(\.reason).contains("api_key_expired"))
        for pledge in pledges {
            let present = try await test.pledge(pledge.id)
            #expect(present.state == .active)
        }
        #expect(try await test.openAttention().map(\.kind) == [.keyRefused])
        processor.answer(.succeed)
        test.now = test.now.adding(seconds: 60)
        let next = try await RunBilling.run(through: both, in: test.context())
        #expect(next.charged.succeeded + next.retried.succeeded == 3 && next.failure == nil)
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        #expect(try await test.openAttention().isEmpty)
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

    @Test(arguments: [("2026-11-30", 0), ("2026-12-01", 1), ("2027-01-01", 2)])
    func `a dry run may look ahead to the end of a day`(until: String, claimed: Int) async throws {
        let test = try await TestBook()
        try await test.plantDue {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-01", "2026-12-01")
            $0.methodExpires = YearMonth("2026-12")
        }
        let processor = test.processor(.succeed)
        let options = RunBilling.Options(isDryRun: true, until: try day(until))
        let summary = try await test.bill(through: processor, options)
        // A card past its printed month is tried all the same.
        #expect(summary.charged.claimed == claimed && summary.charged.declined == 0)
        #expect(try await test.pledges().map(\.nextChargeOn) == [CivilDate("2026-12-01")])
        #expect(try await test.methods().map(\.state) == [.active])
    }

    @Test func `a dry run counts what its notice is still to be sent for, and what is tried again`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue {
            ($0.interval, $0.minorUnits) = (.year, 5_000)
            ($0.startedOn, $0.nextChargeOn) = ("2025-12-20", "2026-12-20")
        }
        // This one is announced too late for its day.
        try await test.plantDue {
            ($0.email, $0.interval, $0.minorUnits) = ("late@example.org", .year, 7_000)
            ($0.startedOn, $0.nextChargeOn) = ("2025-11-25", "2026-11-25")
        }
        let failed = try await test.duePledge {
            ($0.email, $0.minorUnits) = ("failed@example.org", 900)
        }
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        let orders = processor.orders.count
        for (until, claimed, minor, retried) in [
            ("2026-11-22", 0, nil, 0), ("2026-12-01", 0, nil, 1), ("2026-12-02", 1, 7_000, 1),
            ("2026-12-20", 2, 12_000, 1),
        ] as [(String, Int, Int64?, Int)] {
            let summary = try await test.bill(
                through: processor, .init(isDryRun: true, until: day(until)))
            #expect(summary.charged.claimed == claimed, "\(until)")
            #expect(summary.charged.amounts["USD"] == minor, "\(until)")
            #expect(summary.retried.claimed == retried, "\(until)")
            #expect(summary.retried.amounts["USD"] == (retried == 0 ? nil : 900))
            #expect(summary.advanced.lapsed == 0)
        }
        #expect(processor.orders.count == orders)
        #expect(try await test.pledge(failed.id).state == .pastDue)
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
