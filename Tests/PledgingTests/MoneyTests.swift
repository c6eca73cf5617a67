import Pledging
import Testing

struct MoneyTests {
    @Test func `every amount from 0.01 to 9,999.99 reads back as it was written`() throws {
        let dollar = try Currency("USD")
        for cents in Int64(1)...999_999 {
            let money = Money(minorUnits: cents, currency: dollar)
            guard try Money(parsing: money.decimal, dollar) == money else {
                Issue.record("\(cents) cents were written as \(money.decimal)")
                return
            }
        }
        #expect(Money(minorUnits: 1, currency: dollar).decimal == "0.01")
        #expect(Money(minorUnits: 999_999, currency: dollar).decimal == "9999.99")
    }

    @Test(
        arguments: [
            ("5", "USD", 500), ("5.0", "USD", 500), ("5.00", "USD", 500), ("19.99", "USD", 1_999),
            ("0.01", "USD", 1), ("0", "USD", 0), ("00005.00", "USD", 500), ("200", "JPY", 200),
            ("92233720368547758.07", "USD", Int64.max), ("9223372036854775807", "JPY", Int64.max),
        ] as [(String, String, Int64)])
    func `a plain decimal is read exactly`(text: String, code: String, units: Int64) throws {
        #expect(try Money(parsing: text, Currency(code)).minorUnits == units)
    }

    @Test(arguments: [
        ("", "USD", MoneyError.empty),
        ("1.005", "USD", .tooPrecise("USD", exponent: 2)),
        ("200.5", "JPY", .tooPrecise("JPY", exponent: 0)),
        ("1e3", "USD", .notADecimal), ("0x5", "USD", .notADecimal), ("nan", "USD", .notADecimal),
        ("٣", "USD", .notADecimal), ("５", "USD", .notADecimal), ("5\u{301}", "USD", .notADecimal),
        (".5", "USD", .notADecimal), ("5.", "USD", .notADecimal), (".", "USD", .notADecimal),
        ("5..0", "USD", .notADecimal), ("5.0.0", "USD", .notADecimal),
        (" 5", "USD", .notADecimal), ("5 ", "USD", .notADecimal), ("5\n", "USD", .notADecimal),
        ("$5", "USD", .notADecimal), ("5 USD", "USD", .notADecimal),
        ("1,000", "USD", .comma), ("5,00", "USD", .comma),
        ("-5", "USD", .signed), ("+5", "USD", .signed), ("5-", "USD", .signed),
        ("92233720368547758.08", "USD", .tooLarge), ("92233720368547759", "USD", .tooLarge),
        (String(repeating: "9", count: 400), "USD", .tooLarge),
    ])
    func `anything else is refused with its reason`(
        text: String, code: String, reason: MoneyError
    ) throws {
        let currency = try Currency(code)
        #expect(throws: reason) { try Money(parsing: text, currency) }
    }

    @Test(arguments: [
        (MoneyError.empty, "empty"), (.notADecimal, "5.00"), (.signed, "sign"), (.comma, "comma"),
        (.tooLarge, "too large"), (.tooPrecise("USD", exponent: 2), "USD has 2"),
        (.unknownCurrency("RUB"), "use one of AUD BRL CAD"),
    ])
    func `a reason says what is wrong`(error: MoneyError, part: String) {
        #expect(error.description.contains(part))
    }

    @Test(
        arguments: [
            (-50, 2, "-0.50"), (-1_234, 2, "-12.34"), (7, 3, "0.007"), (-200, 0, "-200"),
            (Int64.min, 2, "-92233720368547758.08"),
        ] as [(Int64, Int, String)])
    func `net amounts keep their sign`(units: Int64, exponent: Int, text: String) {
        #expect(Money.decimal(units, exponent: exponent) == text)
    }
}

/// One currency's least monthly, yearly and single gift, and its greatest, in major units.
struct Limits: Sendable, CustomTestStringConvertible {
    let code: String
    let least: [Int64]
    let most: [Int64]
    var testDescription: String { code }

    init(_ code: String, _ month: Int64, _ year: Int64, _ once: Int64) {
        self.code = code
        least = [month, year, once]
        most = [month * 5_000, month * 25_000, month * 25_000]
    }

    static let all = [
        Limits("USD", 2, 10, 1), Limits("EUR", 2, 10, 1), Limits("GBP", 2, 10, 1),
        Limits("CHF", 2, 10, 1), Limits("CAD", 2, 10, 1), Limits("AUD", 2, 10, 1),
        Limits("NZD", 2, 10, 1), Limits("JPY", 200, 1_000, 100), Limits("PLN", 8, 40, 4),
        Limits("CZK", 45, 225, 23), Limits("SEK", 20, 100, 10), Limits("NOK", 20, 100, 10),
        Limits("DKK", 14, 70, 7), Limits("HUF", 700, 3_500, 350), Limits("RON", 9, 45, 5),
        Limits("UAH", 80, 400, 40), Limits("GEL", 5, 25, 3), Limits("KZT", 900, 4_500, 450),
        Limits("ILS", 7, 35, 4), Limits("TRY", 65, 325, 33), Limits("INR", 150, 750, 75),
        Limits("BRL", 10, 50, 5), Limits("MXN", 35, 175, 18),
    ]
}

struct CurrencyTests {
    @Test(arguments: Limits.all)
    func `a pledge is taken from the least to the most and not beyond`(limits: Limits) throws {
        let currency = try Currency(limits.code)
        for (index, interval) in [Interval.month, .year, .once].enumerated() {
            let least = limits.least[index] * currency.minorUnitsPerMajor
            let most = limits.most[index] * currency.minorUnitsPerMajor
            for units in [least, most] {
                try Money(minorUnits: units, currency: currency).checkLimits(interval)
            }
            let lower = Money(minorUnits: least, currency: currency)
            #expect(throws: MoneyError.belowMinimum(lower, interval)) {
                try Money(minorUnits: least - 1, currency: currency).checkLimits(interval)
            }
            let upper = Money(minorUnits: most, currency: currency)
            #expect(throws: MoneyError.aboveMaximum(upper, interval)) {
                try Money(minorUnits: most + 1, currency: currency).checkLimits(interval)
            }
        }
    }

    @Test func `the currencies are those with limits`() {
        #expect(Currency.all.map(\.code) == Limits.all.map(\.code).sorted())
        #expect(Currency.all.filter { $0.exponent != 2 }.map(\.code) == ["JPY"])
    }

    @Test(arguments: ["RUB", "XXX", "usd", "US", "USDX", "", "USD "])
    func `a currency without limits is refused`(code: String) {
        #expect(throws: MoneyError.unknownCurrency(code)) { try Currency(code) }
    }

    @Test func `too small a pledge is told the minimum, not what was typed`() throws {
        let dollar = try Currency("USD")
        let error = #expect(throws: MoneyError.self) {
            try Money(pledging: "1.99", dollar, .month)
        }
        #expect(
            error?.description == "the amount is below the minimum of 2.00 USD for 'month'")
        #expect(try Money(pledging: "2", dollar, .month).minorUnits == 200)
    }

    @Test(arguments: [
        ("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("CLP", 0), ("UGX", 0),
        ("KWD", 3), ("BHD", 3), ("TND", 3), ("OMR", 3), ("HUF", 2), ("TRY", 2), ("XXX", 2),
    ])
    func `a currency has the decimals of ISO 4217`(code: String, exponent: Int) {
        #expect(Currency.exponent(of: code) == exponent)
    }
}
