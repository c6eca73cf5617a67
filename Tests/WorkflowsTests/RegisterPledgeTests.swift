import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RegisterPledgeTests {
    @Test func `a pledge begins as pending, with its person, its method and their events`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.register { $0.source = "autumn" }.pledge
        #expect(pledge.state == .pending)
        #expect(pledge.amount.description == "5.00 USD")
        #expect(pledge.startedOn == CivilDate("2026-11-22"))
        #expect(pledge.nextChargeOn == pledge.startedOn)
        #expect(pledge.source == "autumn")
        #expect(try await test.pledges() == [pledge])
        let method = try #require(try await test.methods().first)
        #expect(method.id == pledge.paymentMethodID)
        #expect(method.secret?.token == "tok_1")
        #expect(
            try await test.events().map(\.type) == [
                "supporter.created", "payment_method.attached", "pledge.registered",
            ])
        #expect(try await test.mails().isEmpty)
        #expect(try await test.faults() == [])
    }

    @Test func `a pledge without a method waits for one`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register { $0.method = nil }.pledge
        #expect(pledge.paymentMethodID == nil)
        #expect(try await test.methods().isEmpty)
        #expect(try await test.faults() == [])
    }

    @Test func `the first day is the newsroom's own`() async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = "Pacific/Kiritimati"
        let test = try await TestBook(newsroom: newsroom)
        #expect(try await test.register().pledge.startedOn == CivilDate("2026-11-23"))
    }

    @Test(arguments: ["2026-11-22", "2027-01-31", "2027-11-22"])
    func `the first day may be today or within a year`(text: String) async throws {
        let test = try await TestBook()
        let start = try day(text)
        let pledge = try await test.register { $0.startsOn = start }.pledge
        #expect(pledge.nextChargeOn == start)
        #expect(pledge.anchor == Anchor(start))
    }

    @Test(arguments: [
        ("sandbox", "HUF", "3000000.00", 1, true), ("stripe", "HUF", "999999.99", 1, true),
        ("stripe", "HUF", "1000000.00", 1, false), ("stripe", "HUF", "90000.00", 12, false),
        ("stripe", "JPY", "1000000", 1, true),
    ])
    func `an amount that the processor cannot take at once is refused`(
        processor: String, currency: String, amount: String, periods: Int, isTaken: Bool
    ) async throws {
        let test = try await TestBook()
        let change: @Sendable (inout Registration) -> Void = {
            ($0.amount, $0.currency, $0.collectEvery) = (amount, currency, periods)
            $0.method?.processor = processor
        }
        if isTaken {
            _ = try await test.register(change)
        } else {
            let message = await expectRefusal(.invalid, field: .amount) {
                _ = try await test.register(change)
            }
            #expect(message.contains("stripe takes at most 999999.99 HUF"))
            #expect(try await test.events().isEmpty)
        }
    }

    @Test func `what needs a notice begins today, while the reader is there`() async throws {
        let test = try await TestBook()
        let later = try day("2026-12-01")
        let changes: [@Sendable (inout Registration) -> Void] = [
            { ($0.interval, $0.amount) = (.year, "60.00") }, { $0.collectEvery = 3 },
            {
                $0.method?.kind = "sepaDebit"
                $0.currency = "EUR"
            },
        ]
        for change in changes {
            await expectRefusal(.invalid, field: .starts) {
                try await test.register {
                    change(&$0)
                    $0.startsOn = later
                }
            }
            try await test.register {
                change(&$0)
                $0.isSecond = true
            }
        }
    }

    @Test(arguments: ["2026-11-21", "2027-11-23"])
    func `a first day in the past or beyond a year is refused`(text: String) async throws {
        let test = try await TestBook()
        let start = try day(text)
        await expectRefusal(.invalid, field: .starts) {
            try await test.register { $0.startsOn = start }
        }
        #expect(try await test.supporters().isEmpty)
    }

    @Test(arguments: [
        ("1.99", "USD", Interval.month), ("9.99", "EUR", .year), ("0.99", "GBP", .once),
        ("10000.01", "USD", .month), ("50000.01", "USD", .year), ("50000.01", "USD", .once),
        ("199", "JPY", .month), ("999", "JPY", .year), ("99", "JPY", .once),
        ("1.005", "USD", .month), ("1e3", "USD", .month), ("1,000", "USD", .month),
        ("-5", "USD", .month), ("", "USD", .month), ("٣", "USD", .month), ("5.0", "JPY", .month),
    ])
    func `an amount out of limits or form is refused`(
        amount: String, currency: String, interval: Interval
    ) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .amount) {
            try await test.register {
                ($0.amount, $0.currency, $0.interval) = (amount, currency, interval)
            }
        }
        #expect(try await test.supporters().isEmpty)
    }

    @Test(arguments: [
        ("2.00", "USD", Interval.month), ("10", "EUR", .year), ("1", "GBP", .once),
        ("10000.00", "USD", .month), ("50000", "USD", .year), ("200", "JPY", .month),
        ("1000", "JPY", .year), ("100", "JPY", .once),
    ])
    func `the limits themselves are taken`(
        amount: String, currency: String, interval: Interval
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.register {
            ($0.amount, $0.currency, $0.interval) = (amount, currency, interval)
        }.pledge
        #expect(pledge.state == .pending)
    }

    @Test(arguments: ["RUB", "XXX", "usd", ""])
    func `a currency that is not taken is refused`(currency: String) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .currency) {
            try await test.register { $0.currency = currency }
        }
    }

    @Test(arguments: ["bankTransfer", "crypto", "cheque"])
    func `a method that cannot be charged is refused`(kind: String) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .methodKind) {
            try await test.register { $0.method?.kind = kind }
        }
        #expect(try await test.supporters().isEmpty)
    }

    @Test func `a method that has expired is refused, one of this month is expiring`()
        async throws
    {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .methodExpires) {
            try await test.register { $0.method?.expires = "2026-10" }
        }
        try await test.register { $0.method?.expires = "2026-11" }
        #expect(try await test.methods().map(\.state) == [.expiring])
    }

    // MARK: A second, equal pledge

    @Test func `an equal pledge is refused within a day and accepted after it`() async throws {
        let test = try await TestBook()
        try await test.register()
        test.now = .noon.adding(hours: 24).adding(milliseconds: -1)
        let message = await expectRefusal(.conflict) { try await test.register() }
        #expect(message.contains("--second"))
        #expect(try await test.pledges().count == 1)
        #expect(try await test.methods().count == 1)
        test.now = .noon.adding(hours: 24)
        try await test.register()
        #expect(try await test.pledges().count == 2)
        #expect(try await test.faults() == [])
    }

    @Test func `an intended second pledge is accepted`() async throws {
        let test = try await TestBook()
        try await test.register()
        try await test.register { $0.isSecond = true }
        #expect(try await test.pledges().count == 2)
        #expect(try await test.supporters().count == 1)
    }

    @Test func `a pledge with another amount, interval, currency or person is not equal`()
        async throws
    {
        let test = try await TestBook()
        try await test.register { $0.amount = "10.00" }
        try await test.register { $0.amount = "11.00" }
        try await test.register { ($0.amount, $0.interval) = ("10.00", .year) }
        try await test.register { ($0.amount, $0.currency) = ("10.00", "EUR") }
        try await test.register { ($0.amount, $0.person.email) = ("10.00", "other@example.org") }
        #expect(try await test.pledges().count == 5)
    }

    @Test func `a cancelled equal pledge does not count`() async throws {
        let test = try await TestBook()
        let first = try await test.register().pledge
        _ = try await CancelPledge.run(
            first.id, Cancellation(reason: .mistake, by: .supporter), in: test.context())
        try await test.register()
        #expect(try await test.pledges().count == 2)
    }
}
