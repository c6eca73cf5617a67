import Pledging

/// Converts amounts to and from Stripe's units, which are not always ISO 4217's minor units. Whole
/// numbers only, and never rounded: an amount that cannot be expressed gives nil.
///
/// Source: docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and
/// "Special cases". HUF and TWD are charged with two decimals; only payouts of them are whole.
package enum StripeAmount {
    /// Sent as whole units. MGA has two decimals in ISO 4217.
    private static let zeroDecimal: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
        "XOF", "XPF",
    ]
    /// Whole units that are sent with two decimals, both 0.
    private static let wholeAsTwoDecimal: Set<String> = ["ISK", "UGX"]
    /// Sent with three decimals, the last of them 0.
    private static let threeDecimal: Set<String> = ["BHD", "JOD", "KWD", "OMR", "TND"]

    /// Returns an amount in Stripe's units, given ISO 4217 minor units; nil if Stripe cannot
    /// express it.
    package static func units(minor: Int64, currency: String) -> Int64? {
        let step = step(currency)
        let (scaled, overflow) = minor.multipliedReportingOverflow(
            by: powerOfTen(decimals(currency)))
        let (units, rest) = scaled.quotientAndRemainder(
            dividingBy: powerOfTen(Currency.exponent(of: currency)))
        return overflow || rest != 0 || units % step != 0 ? nil : units
    }

    /// Returns an amount in ISO 4217 minor units, given Stripe's units; nil if it is not a whole
    /// number.
    package static func minor(units: Int64, currency: String) -> Int64? {
        let (scaled, overflow) = units.multipliedReportingOverflow(
            by: powerOfTen(Currency.exponent(of: currency)))
        let (minor, rest) = scaled.quotientAndRemainder(dividingBy: powerOfTen(decimals(currency)))
        return overflow || rest != 0 ? nil : minor
    }

    /// Returns an amount as Stripe writes it, the currency in lower case; nil if pledges are not
    /// taken in that currency.
    static func money(units: Int64?, currency: String?) -> Money? {
        guard let units, let currency, let known = try? Currency(currency.uppercased()),
            let minor = minor(units: units, currency: known.code)
        else { return nil }
        return Money(minorUnits: minor, currency: known)
    }

    private static func decimals(_ currency: String) -> Int {
        if zeroDecimal.contains(currency) { return 0 }
        return threeDecimal.contains(currency) ? 3 : 2
    }

    /// Every amount that is sent must be a multiple of this.
    private static func step(_ currency: String) -> Int64 {
        if wholeAsTwoDecimal.contains(currency) { return 100 }
        return threeDecimal.contains(currency) ? 10 : 1
    }
}
