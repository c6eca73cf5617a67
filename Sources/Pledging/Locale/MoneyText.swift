extension Language {
    /// An amount as readers write it: `$5`, `PLN 8.50`; `5 €`, `2 500 ₸`, `5,50 €`. Thousands are
    /// grouped; decimals that are zero are left out. All spaces are NO-BREAK SPACE.
    ///
    /// Source of patterns, separators and symbols: Unicode CLDR, `en` and `ru`; for the tenge,
    /// lari and Turkish lira the narrow symbol stands in Russian texts, as readers there know it.
    package func text(_ money: Money) -> String {
        let sign = money.minorUnits < 0 ? "-" : ""
        let (whole, part) = money.minorUnits.magnitude.quotientAndRemainder(
            dividingBy: money.currency.minorUnitsPerMajor.magnitude)
        let decimals =
            part == 0 ? "" : decimalSeparator + padded(part, money.currency.exponent)
        let number = grouped(whole) + decimals
        let code = money.currency.code
        switch self {
        case .english:
            guard let symbol = Language.englishSymbols[code] else {
                return sign + code + noBreakSpace + number
            }
            return sign + symbol + number
        case .russian:
            return sign + number + noBreakSpace + (Language.russianSymbols[code] ?? code)
        }
    }

    /// An amount and how often: `$5 a month`, `5 $ в месяц`; `$5 once`, `5 $ один раз`.
    package func text(_ money: Money, _ interval: Interval) -> String {
        "\(text(money)) \(phrase(interval))"
    }

    private func phrase(_ interval: Interval) -> String {
        switch (self, interval) {
        case (.english, .month): "a month"
        case (.english, .year): "a year"
        case (.english, .once): "once"
        case (.russian, .month): "в месяц"
        case (.russian, .year): "в год"
        case (.russian, .once): "один раз"
        }
    }

    private var decimalSeparator: String {
        switch self {
        case .english: "."
        case .russian: ","
        }
    }

    private var groupSeparator: String {
        switch self {
        case .english: ","
        case .russian: noBreakSpace
        }
    }

    private func grouped(_ whole: UInt64) -> String {
        var groups: [String] = []
        var rest = whole
        while rest >= 1_000 {
            groups.append(padded(rest % 1_000, 3))
            rest /= 1_000
        }
        groups.append(String(rest))
        return groups.reversed().joined(separator: groupSeparator)
    }

    /// A currency without a row is written by its code, set off by a space.
    private static let englishSymbols = [
        "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$",
        "ILS": "₪", "INR": "₹", "BRL": "R$", "MXN": "MX$",
    ]

    private static let russianSymbols = englishSymbols.merging(
        ["UAH": "₴", "KZT": "₸", "GEL": "₾", "TRY": "₺"], uniquingKeysWith: { _, new in new })
}

private let noBreakSpace = "\u{A0}"
