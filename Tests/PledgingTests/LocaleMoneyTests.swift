import Pledging
import Testing

@Suite struct LocaleMoneyTests {
    /// A middle dot stands for NO-BREAK SPACE, so that the table can be read.
    static let forms = [
        ("AUD", "2500.00", "A$2,500", "2·500·A$"), ("BRL", "10.00", "R$10", "10·R$"),
        ("CAD", "5.50", "CA$5.50", "5,50·CA$"), ("CHF", "8.00", "CHF·8", "8·CHF"),
        ("CZK", "45.00", "CZK·45", "45·CZK"), ("DKK", "14.05", "DKK·14.05", "14,05·DKK"),
        ("EUR", "5.00", "€5", "5·€"), ("GBP", "5.00", "£5", "5·£"),
        ("GEL", "5.00", "GEL·5", "5·₾"), ("HUF", "700.00", "HUF·700", "700·HUF"),
        ("ILS", "7.00", "₪7", "7·₪"), ("INR", "150.00", "₹150", "150·₹"),
        ("JPY", "500", "¥500", "500·¥"), ("KZT", "2500.00", "KZT·2,500", "2·500·₸"),
        ("MXN", "35.00", "MX$35", "35·MX$"), ("NOK", "20.00", "NOK·20", "20·NOK"),
        ("NZD", "2.00", "NZ$2", "2·NZ$"), ("PLN", "8.00", "PLN·8", "8·PLN"),
        ("RON", "9.00", "RON·9", "9·RON"), ("SEK", "20.00", "SEK·20", "20·SEK"),
        ("TRY", "65.00", "TRY·65", "65·₺"), ("UAH", "80.00", "UAH·80", "80·₴"),
        ("USD", "1234567.89", "$1,234,567.89", "1·234·567,89·$"),
    ]

    @Test(arguments: forms)
    func `every currency has its form in both languages`(
        code: String, amount: String, english: String, russian: String
    ) throws {
        let money = try Money(parsing: amount, Currency(code))
        #expect(Language.english.text(money) == spaced(english))
        #expect(Language.russian.text(money) == spaced(russian))
    }

    @Test func `the table above names every currency there is`() {
        #expect(Self.forms.map(\.0) == Currency.all.map(\.code))
    }

    @Test(arguments: [
        (0, "$0", "0·$"), (1, "$0.01", "0,01·$"), (500, "$5", "5·$"), (550, "$5.50", "5,50·$"),
        (99_999, "$999.99", "999,99·$"), (100_000, "$1,000", "1·000·$"),
        (100_001, "$1,000.01", "1·000,01·$"), (-500, "-$5", "-5·$"),
        (Int64.min, "-$92,233,720,368,547,758.08", "-92·233·720·368·547·758,08·$"),
    ])
    func `decimals go when they are zero and thousands are grouped`(
        cents: Int64, english: String, russian: String
    ) throws {
        let money = try Money(minorUnits: cents, currency: Currency("USD"))
        #expect(Language.english.text(money) == spaced(english))
        #expect(Language.russian.text(money) == spaced(russian))
    }

    @Test(arguments: [
        (Interval.month, "$5 a month", "5·$ в месяц"), (.year, "$5 a year", "5·$ в год"),
        (.once, "$5 once", "5·$ один раз"),
    ])
    func `an amount says how often`(interval: Interval, english: String, russian: String) throws {
        let money = try Money(parsing: "5.00", Currency("USD"))
        #expect(Language.english.text(money, interval) == spaced(english))
        #expect(Language.russian.text(money, interval) == spaced(russian))
    }
}

private func spaced(_ text: String) -> String {
    String(text.map { $0 == "·" ? "\u{A0}" : $0 })
}
