/// An ISO 4217 currency in which pledges are taken, with its exponent and its limits.
///
/// A currency without a row in the table is refused, because it has no minimum for a pledge.
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

    private init(_ code: String, monthly: Int64) {
        self.code = code
        exponent = Currency.exponent(of: code)
        monthlyMinimumMajorUnits = monthly
    }

    package var minorUnitsPerMajor: Int64 { powerOfTen(exponent) }
    package var description: String { code }

    /// Returns the minimum of a pledge, in minor units.
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

    /// Returns the maximum of a pledge, in minor units.
    package func maximum(_ interval: Interval) -> Int64 {
        let times: Int64 = interval == .month ? 5_000 : 25_000
        return minimum(.month) * times
    }

    package static let all: [Currency] = table.values.sorted { $0.code < $1.code }

    private static let flatRate: Set<String> = ["USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD"]

    /// Returns the decimal places of any ISO 4217 currency (list one; all that are not listed here
    /// have two), whether pledges are taken in it or not.
    package static func exponent(of code: String) -> Int {
        switch code {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    /// Monthly minimums in major units.
    private static let table: [String: Currency] = {
        let rows: [(String, Int64)] = [
            ("USD", 2), ("EUR", 2), ("GBP", 2), ("CHF", 2), ("CAD", 2), ("AUD", 2), ("NZD", 2),
            ("JPY", 200), ("PLN", 8), ("CZK", 45), ("SEK", 20), ("NOK", 20), ("DKK", 14),
            ("HUF", 700), ("RON", 9), ("UAH", 80), ("GEL", 5), ("KZT", 900), ("ILS", 7),
            ("TRY", 65), ("INR", 150), ("BRL", 10), ("MXN", 35),
        ]
        return Dictionary(
            uniqueKeysWithValues: rows.map { ($0.0, Currency($0.0, monthly: $0.1)) })
    }()
}

/// Returns 10 to the power of `exponent`, which must be 0 to 18.
package func powerOfTen(_ exponent: Int) -> Int64 {
    (0..<exponent).reduce(1) { value, _ in value * 10 }
}
