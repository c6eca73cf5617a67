/// The form of an amount.
enum MoneyForm: String, FilledKey {
    case withSymbol = "money.with_symbol"
    /// For a currency that readers of the language know only by its code.
    case withCode = "money.with_code"

    enum Placeholder: String, CaseIterable { case currency, number }
}

enum NumberText: String, PlainKey {
    case decimalSeparator = "number.decimal_separator"
    case groupSeparator = "number.group_separator"
}

/// The symbol of a currency, or its code where readers of the language know no symbol.
struct CurrencyText: PlainKey {
    let currency: Currency

    var name: String { "currency.\(currency.code)" }

    static let allCases = Currency.all.map { CurrencyText(currency: $0) }
}

/// An amount and how often it is paid.
struct IntervalText: FilledKey {
    let interval: Interval

    var name: String { "amount.\(interval.rawValue)" }

    static let allCases = Interval.allCases.map { IntervalText(interval: $0) }

    enum Placeholder: String, CaseIterable { case amount }
}

extension Language {
    /// An amount as readers write it: `$5`, `PLN 8.50`; `5 €`, `2 500 ₸`, `5,50 €`. Thousands are
    /// grouped; decimals that are zero are left out.
    package func text(_ money: Money) -> String {
        let symbol = text(CurrencyText(currency: money.currency))
        let form = symbol == money.currency.code ? MoneyForm.withCode : .withSymbol
        let (whole, part) = money.minorUnits.magnitude.quotientAndRemainder(
            dividingBy: money.currency.minorUnitsPerMajor.magnitude)
        let decimals =
            part == 0
            ? "" : text(NumberText.decimalSeparator) + padded(part, money.currency.exponent)
        let sign = money.minorUnits < 0 ? "-" : ""
        return sign
            + catalogue.text(form) { placeholder in
                switch placeholder {
                case .currency: symbol
                case .number: grouped(whole) + decimals
                }
            }
    }

    /// An amount and how often: `$5 a month`, `5 $ в месяц`; `$5 once`, `5 $ один раз`.
    package func text(_ money: Money, _ interval: Interval) -> String {
        catalogue.text(IntervalText(interval: interval)) { placeholder in
            switch placeholder {
            case .amount: text(money)
            }
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
        return groups.reversed().joined(separator: text(NumberText.groupSeparator))
    }
}
