import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct AdvancePledgesTests {
    private func advance(
        _ test: TestBook, isDryRun: Bool = false
    ) async throws -> AdvancePledges.Summary {
        let processors = Processors([test.processor(.succeed)])
        guard isDryRun else {
            return try await AdvancePledges.run(asking: processors, in: test.context())
        }
        return try await RunBilling.run(
            .init(isDryRun: true), through: processors, in: test.context()
        ).advanced
    }

    private func paused(_ plant: inout Plant) {
        plant.state = .paused
        plant.startedOn = "2026-01-31"
        plant.pausedUntil = "2027-02-01"
        plant.nextChargeOn = "2027-02-28"
    }

    @Test func `a pause is over on the anchor date after its end, not before`() async throws {
        let test = try await TestBook()
        let pledge = try #require(await test.plant(paused).pledge)
        try test.moveClock(to: "2027-02-27T23:59:59Z")
        #expect(try await advance(test).resumed == 0)
        try test.moveClock(to: "2027-02-28T00:00:00Z")
        #expect(try await advance(test).resumed == 1)
        let resumed = try #require(await test.pledges().first)
        #expect(resumed.state == .active && resumed.pausedUntil == nil)
        #expect(resumed.nextChargeOn == CivilDate("2027-02-28"))
        #expect(
            try await test.history(of: pledge.id.text) == ["pledge.registered", "pledge.resumed"])
        try await expectSound(test)
    }

    @Test func `a pause that ended during an outage keeps its first charge`()
        async throws
    {
        let test = try await TestBook()
        try await test.plant(paused)
        try test.moveClock(to: "2027-04-15T12:00:00Z")
        #expect(try await advance(test).resumed == 1)
        #expect(try await test.pledges().map(\.nextChargeOn) == [CivilDate("2027-02-28")])
    }

    @Test(arguments: [PaymentMethodState.expired, .revoked, .dead])
    func `without a usable method it is past due`(state: PaymentMethodState) async throws {
        let test = try await TestBook()
        try await test.plant {
            paused(&$0)
            $0.methodState = state
        }
        try test.moveClock(to: "2027-02-28T12:00:00Z")
        #expect(try await advance(test).resumed == 1)
        #expect(try await test.pledges().map(\.state) == [.pastDue])
        try await expectSound(test)
    }

    @Test(arguments: [
        ("Pacific/Auckland", "2027-02-27T11:00:00Z"), ("UTC", "2027-02-28T00:00:00Z"),
    ])
    func `the day begins where the newsroom is`(zone: String, midnight: String) async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = zone
        let test = try await TestBook(newsroom: newsroom)
        try await test.plant(paused)
        try test.moveClock(to: midnight)
        test.now = test.now.adding(milliseconds: -1)
        #expect(try await advance(test).resumed == 0)
        try test.moveClock(to: midnight)
        #expect(try await advance(test).resumed == 1)
    }

    @Test func `a pledge without a method is given up after eight hours`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant {
            $0.state = .pending
            $0.hasMethod = false
        }
        try await test.plant {
            $0.email = "other@example.org"
            $0.state = .pending
        }
        test.now = Instant.noon.adding(hours: 8).adding(milliseconds: -1)
        #expect(try await advance(test).total == 0)
        test.now = Instant.noon.adding(hours: 8)
        #expect(try await advance(test).abandoned == 1)
        let abandoned = try await test.pledges().filter { $0.state == .abandoned }
        #expect(abandoned.map(\.id) == [planted.pledge?.id])
        try await expectSound(test)
    }

    @Test func `a card past its printed month is tried all the same`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant {
            $0.methodExpires = YearMonth("2027-02")
            $0.startedOn = "2026-01-10"
            $0.nextChargeOn = "2027-03-10"
        }
        let method = try #require(planted.method)
        for (day, state) in [
            ("2027-01-28", PaymentMethodState.active), ("2027-01-29", .expiring),
            ("2027-02-28", .expiring), ("2027-03-01", .expiring),
        ] {
            try test.moveClock(to: "\(day)T12:00:00Z")
            _ = try await advance(test)
            #expect(try await test.methods().map(\.state) == [state])
        }
        #expect(
            try await test.history(of: method.id.text) == [
                "payment_method.attached", "payment_method.expiring",
            ])
        // Only the processor's word makes it expired.
        let processor = test.processor(.decline("expired_card"))
        try await test.bill(through: processor, on: "2027-03-10")
        #expect(processor.orders.count == 1)
        #expect(try await test.methods().map(\.state) == [.expired])
        try await expectSound(test)
    }

    @Test func `more than one batch is gone through`() async throws {
        let test = try await TestBook()
        for number in 1...201 {
            try await test.plant {
                $0.email = "r\(number)@example.org"
                $0.state = .pending
                $0.hasMethod = false
            }
        }
        test.now = test.now.adding(hours: 9)
        #expect(try await advance(test, isDryRun: true).abandoned == 201)
        #expect(try await advance(test).abandoned == 201)
    }

    // MARK: Run twice, or as a rehearsal

    private func everything() async throws -> TestBook {
        let test = try await TestBook()
        try await test.plant(paused)
        try await test.plant {
            $0.email = "b@example.org"
            $0.state = .pending
            $0.hasMethod = false
        }
        for (email, month) in [("c@example.org", "2027-03"), ("d@example.org", "2027-02")] {
            try await test.plant {
                $0.email = email
                $0.methodExpires = YearMonth(month)
            }
        }
        try test.moveClock(to: "2027-03-10T12:00:00Z")
        return test
    }

    @Test func `run twice, nothing changes`() async throws {
        let test = try await everything()
        let summary = try await advance(test)
        #expect(summary.resumed == 1 && summary.abandoned == 1)
        #expect(summary.expiring == 2)
        let events = try await test.events().count
        #expect(try await advance(test).total == 0)
        #expect(try await test.events().count == events)
        try await expectSound(test)
    }

    @Test func `a dry run tells the same and keeps nothing`() async throws {
        let test = try await everything()
        let events = try await test.events().count
        let rehearsed = try await advance(test, isDryRun: true)
        #expect(try await test.events().count == events)
        #expect(try await test.pledges().contains { $0.state == .paused })
        #expect(try await advance(test) == rehearsed)
    }

    @Test func `two runs at once do the work of one`() async throws {
        let test = try await everything()
        async let first = advance(test)
        async let second = advance(test)
        let (one, other) = try await (first, second)
        #expect(one.resumed + other.resumed == 1)
        #expect(one.abandoned + other.abandoned == 1)
        #expect(one.expiring + other.expiring == 2)
        try await expectSound(test)
    }
}

extension AdvancePledges.Summary {
    fileprivate var total: Int { resumed + abandoned + expiring }
}
