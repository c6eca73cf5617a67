import Pledging
import Testing

/// What one charge of a pledge takes, when the next is due, and whether it must be announced.
struct ChargeTermsTests {
    private func pledge(
        _ interval: Interval = .month, from first: String = "2026-01-15", every periods: Int = 1,
        minorUnits: Int64 = 500
    ) throws -> Pledge {
        let start = try #require(CivilDate(first))
        return Pledge(
            id: ID(bits: 1), supporterID: ID(bits: 2), paymentMethodID: ID(bits: 3),
            amount: Money(minorUnits: minorUnits, currency: try Currency("USD")),
            interval: interval, collectEvery: periods, state: .active, anchor: Anchor(start),
            startedOn: start, nextChargeOn: start, createdAt: Instant(milliseconds: 0))
    }

    @Test(arguments: [
        ("2026-01-31", 1, ["02-28", "03-31", "04-30", "05-31"]),
        ("2026-01-31", 3, ["04-30", "07-31", "10-31"]),
        ("2025-08-31", 6, ["02-28", "08-31"]), ("2027-08-31", 6, ["02-29", "08-31"]),
        ("2026-01-31", 12, ["01-31", "01-31"]), ("2024-02-29", 12, ["02-28", "02-28"]),
        ("2023-02-28", 12, ["02-28", "02-28"]), ("2026-11-30", 3, ["02-28", "05-30", "08-30"]),
    ])
    func `several periods at once keep the anchor day`(
        first: String, periods: Int, expected: [String]
    ) throws {
        let pledge = try pledge(from: first, every: periods)
        var due = try #require(CivilDate(first))
        for date in expected {
            due = pledge.chargeDate(after: due, periods: periods)
            #expect(due.description.hasSuffix(date), "\(due)")
        }
    }

    /// Whether collected one by one or together, the same period begins on the same day.
    @Test func `periods at once and one by one come to the same dates`() throws {
        var random = SeededGenerator(seed: 29)
        for _ in 0..<500 {
            let first = CivilDate(daysSinceEpoch: 19_000 + random.next(below: 3_000))
            let pledge = try pledge(from: first.description)
            for periods in Pledge.collectEveryChoices {
                var single = first
                for _ in 0..<periods { single = pledge.chargeDate(after: single, periods: 1) }
                #expect(pledge.chargeDate(after: first, periods: periods) == single)
                let months = (single.year - first.year) * 12 + single.month - first.month
                #expect(months == periods, "\(first) \(single)")
            }
        }
    }

    @Test(arguments: [
        ("2024-02-29", "2025-02-28"), ("2027-02-28", "2028-02-29"), ("2028-02-29", "2029-02-28"),
    ])
    func `a yearly pledge from 29 February comes back to it`(due: String, next: String) throws {
        let pledge = try pledge(.year, from: "2024-02-29")
        let date = try #require(CivilDate(due))
        #expect(pledge.chargeDate(after: date, periods: 1).description == next)
    }

    @Test(arguments: [Interval.month, .year], Pledge.collectEveryChoices)
    func `after the year 9999 there is no other date`(interval: Interval, periods: Int) throws {
        let last = try #require(CivilDate("9999-12-31"))
        let pledge = try pledge(interval, from: "9999-12-31")
        #expect(pledge.chargeDate(after: last, periods: periods) == last)
    }

    @Test func `a one-off has one date alone`() throws {
        let pledge = try pledge(.once)
        let date = try #require(CivilDate("2026-01-15"))
        #expect(pledge.chargeDate(after: date, periods: 1) == date)
        #expect(pledge.chargeMonths == nil)
    }

    @Test(arguments: [
        (Interval.month, 1, Int64(500), 1), (.month, 3, 1_500, 3), (.month, 6, 3_000, 6),
        (.month, 12, 6_000, 12), (.year, 1, 500, 12),
    ])
    func `one charge takes the amount of each period that it pays for`(
        interval: Interval, periods: Int, minorUnits: Int64, months: Int
    ) throws {
        let pledge = try pledge(interval, every: periods)
        #expect(pledge.chargeAmount.minorUnits == minorUnits)
        #expect(pledge.chargeAmount.currency.code == "USD")
        #expect(pledge.chargeMonths == months)
    }

    /// The largest monthly amount, collected for a year at once, in every currency.
    @Test(arguments: Currency.all)
    func `no amount is too large to be collected at once`(currency: Currency) throws {
        let most = currency.maximum(.month)
        let (product, isTooLarge) = most.multipliedReportingOverflow(by: 12)
        #expect(!isTooLarge && product > 0)
    }

    /// A row for each kind of method, and nil; a column for a month, three months, a year, once.
    @Test(arguments: [
        (PaymentMethod.Kind?.none, [false, true, true, false]),
        (.card, [false, true, true, false]), (.paypal, [false, true, true, false]),
        (.sepaDebit, [true, true, true, false]), (.bankTransfer, [false, true, true, false]),
        (.crypto, [false, true, true, false]),
    ])
    func `yearly, bundled and debited charges are always announced`(
        kind: PaymentMethod.Kind?, expected: [Bool]
    ) throws {
        let pledges = [
            try pledge(), try pledge(every: 3), try pledge(.year), try pledge(.once),
        ]
        #expect(pledges.map { $0.alwaysNeedsNotice(by: kind) } == expected)
    }
}
