/// An amount in whole minor units of one currency. There is no floating point, and no arithmetic
/// between currencies.
package struct Money: Hashable, Sendable, CustomStringConvertible {
    package let minorUnits: Int64
    package let currency: Currency

    package init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Reads a plain decimal such as `19.99`: ASCII digits, at most one point, no sign, no
    /// thousands separator, no more decimals than the currency has. Throws MoneyError for anything
    /// else, and for an amount above `Int64`.
    package init(parsing text: String, _ currency: Currency) throws(MoneyError) {
        guard !text.isEmpty else { throw .empty }
        var units: Int64 = 0
        var decimals: Int?
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                guard decimals == nil, digits > 0 else { throw .notADecimal }
                decimals = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (tens, tooManyTens) = units.multipliedReportingOverflow(by: 10)
                let (sum, tooMuch) = tens.addingReportingOverflow(Int64(byte - 0x30))
                guard !tooManyTens, !tooMuch else { throw .tooLarge }
                units = sum
                digits += 1
                decimals = decimals.map { $0 + 1 }
            case UInt8(ascii: "-"), UInt8(ascii: "+"): throw .signed
            case UInt8(ascii: ","): throw .comma
            default: throw .notADecimal
            }
        }
        guard decimals != 0 else { throw .notADecimal }
        guard (decimals ?? 0) <= currency.exponent else {
            throw .tooPrecise(currency.code, exponent: currency.exponent)
        }
        let missing = currency.exponent - (decimals ?? 0)
        let (scaled, overflow) = units.multipliedReportingOverflow(by: powerOfTen(missing))
        guard !overflow else { throw .tooLarge }
        self.init(minorUnits: scaled, currency: currency)
    }

    /// Reads an amount as `init(parsing:_:)` does, then checks it as `checkLimits(_:)` does.
    package init(
        pledging text: String, _ currency: Currency, _ interval: Interval
    ) throws(MoneyError) {
        try self.init(parsing: text, currency)
        try checkLimits(interval)
    }

    /// Throws `belowMinimum` or `aboveMaximum` unless a pledge with this interval may have this
    /// amount.
    package func checkLimits(_ interval: Interval) throws(MoneyError) {
        let least = Money(minorUnits: currency.minimum(interval), currency: currency)
        let most = Money(minorUnits: currency.maximum(interval), currency: currency)
        guard minorUnits >= least.minorUnits else { throw .belowMinimum(least, interval) }
        guard minorUnits <= most.minorUnits else { throw .aboveMaximum(most, interval) }
    }

    /// The amount with all of its currency's decimals: `5.00`, `200`.
    package var decimal: String { Money.decimal(minorUnits, exponent: currency.exponent) }

    package var description: String { "\(decimal) \(currency.code)" }

    /// Returns `minorUnits` with `exponent` decimals; negative amounts keep their sign.
    package static func decimal(_ minorUnits: Int64, exponent: Int) -> String {
        let (whole, part) = minorUnits.magnitude.quotientAndRemainder(
            dividingBy: UInt64(powerOfTen(exponent)))
        let sign = minorUnits < 0 ? 1 : 0
        let digits = digitCount(whole)
        let length = sign + digits + (exponent > 0 ? exponent + 1 : 0)
        return String(unsafeUninitializedCapacity: length) { buffer in
            if sign > 0 { buffer[0] = UInt8(ascii: "-") }
            write(whole, digits: digits, to: buffer, at: sign)
            if exponent > 0 {
                buffer[sign + digits] = UInt8(ascii: ".")
                write(part, digits: exponent, to: buffer, at: sign + digits + 1)
            }
            return length
        }
    }
}

/// Why a text is not an amount that can be pledged. `description` says what to write instead and
/// never repeats the text.
package enum MoneyError: Error, Equatable, CustomStringConvertible {
    case empty, notADecimal, signed, comma, tooLarge
    case tooPrecise(String, exponent: Int)
    case unknownCurrency(String)
    case belowMinimum(Money, Interval)
    case aboveMaximum(Money, Interval)

    package var description: String {
        switch self {
        case .empty: "the amount is empty; write it like 5.00"
        case .notADecimal: "the amount is not a plain decimal; write it like 5.00"
        case .signed: "the amount has a sign; write it like 5.00"
        case .comma:
            "the amount contains a comma; write it like 5.00, without thousands separators"
        case .tooLarge: "the amount is too large"
        case .tooPrecise(let code, let exponent):
            "the amount has too many decimals; \(code) has \(exponent)"
        case .unknownCurrency:
            "the currency is not accepted; "
                + "use one of \(Currency.all.map(\.code).joined(separator: " "))"
        case .belowMinimum(let least, let interval):
            "the amount is below the minimum of \(least) for '\(interval.rawValue)'"
        case .aboveMaximum(let most, let interval):
            "the amount is above the maximum of \(most) for '\(interval.rawValue)'"
        }
    }
}

/// How often a pledge is collected.
package enum Interval: String, CaseIterable, Sendable {
    case month, year, once

    /// Months between two charges; nil for a one-off.
    package var months: Int? {
        switch self {
        case .month: 1
        case .year: 12
        case .once: nil
        }
    }
}
