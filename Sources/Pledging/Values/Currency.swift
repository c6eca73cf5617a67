/// An ISO 4217 currency in which pledges are taken, with its exponent and its limits.
///
/// A currency without a row in the table is refused: there is no minimum for it, hence no pledge.
package struct Currency: Hashable, Sendable, CustomStringConvertible {
    /// The three-letter code.
    package let code: String
    /// Decimal places of the minor unit: 2 for USD, 0 for JPY.
    package let exponent: Int
    private let monthlyMinimumMajorUnits: Int64

    package init(_ code: String) throws(MoneyError) {
        guard let known = Currency.table[code] else { throw .unknownCurrency(code) }
        self = known
    }

    private init(_ code: String, exponent: Int, monthly: Int64) {
        self.code = code
        self.exponent = exponent
        monthlyMinimumMajorUnits = monthly
    }

    package var minorUnitsPerMajor: Int64 { powerOfTen(exponent) }
    package var description: String { code }

    /// The least that may be pledged, in minor units.
    package func minimum(_ interval: Interval) -> Int64 {
        let major: Int64 =
            if Currency.flatRate.contains(code) {
                switch interval {
                case .month: 2
                case .year: 10
                case .once: 1
                }
            } else {
                switch interval {
                case .month: monthlyMinimumMajorUnits
                case .year: monthlyMinimumMajorUnits * 5
                case .once: (monthlyMinimumMajorUnits + 1) / 2
                }
            }
        return major * minorUnitsPerMajor
    }

    /// The most that may be pledged, in minor units.
    package func maximum(_ interval: Interval) -> Int64 {
        let times: Int64 = interval == .month ? 5_000 : 25_000
        return minimum(.month) * times
    }

    package static let all: [Currency] = table.values.sorted { $0.code < $1.code }

    private static let flatRate: Set<String> = ["USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD"]

    /// Monthly minimums in major units. Exponents: ISO 4217 list one.
    private static let table: [String: Currency] = {
        let rows: [(String, Int, Int64)] = [
            ("USD", 2, 2), ("EUR", 2, 2), ("GBP", 2, 2), ("CHF", 2, 2), ("CAD", 2, 2),
            ("AUD", 2, 2), ("NZD", 2, 2), ("JPY", 0, 200), ("PLN", 2, 8), ("CZK", 2, 45),
            ("SEK", 2, 20), ("NOK", 2, 20), ("DKK", 2, 14), ("HUF", 2, 700), ("RON", 2, 9),
            ("UAH", 2, 80), ("GEL", 2, 5), ("KZT", 2, 900), ("ILS", 2, 7), ("TRY", 2, 65),
            ("INR", 2, 150), ("BRL", 2, 10), ("MXN", 2, 35),
        ]
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                ($0.0, Currency($0.0, exponent: $0.1, monthly: $0.2))
            })
    }()
}

func powerOfTen(_ exponent: Int) -> Int64 {
    (0..<exponent).reduce(1) { value, _ in value * 10 }
}
