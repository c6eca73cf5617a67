import Payments
import Pledging
import Testing

@Suite struct StripeAmountTests {
    /// ISO 4217 minor units, and the amount that Stripe is sent.
    @Test(
        arguments: [
            ("USD", 1_999, 1_999), ("EUR", 1, 1), ("JPY", 500, 500), ("KRW", 5_000, 5_000),
            ("CLP", 7, 7), ("VND", 25_000, 25_000), ("XOF", 655, 655), ("XPF", 1, 1),
            // No decimals since 2024 or before, but still sent with two.
            ("ISK", 5, 500), ("UGX", 5, 500),
            // Two decimals in ISO 4217, none at Stripe.
            ("MGA", 500, 5), ("KWD", 5_120, 5_120), ("BHD", 10, 10), ("TND", 1_230, 1_230),
            // Whole only in payouts.
            ("HUF", 70_050, 70_050), ("TWD", 30_001, 30_001),
        ] as [(String, Int64, Int64)])
    func `amounts go to Stripe and come back as they were`(
        currency: String, minor: Int64, units: Int64
    ) {
        #expect(StripeAmount.units(minor: minor, currency: currency) == units)
        #expect(StripeAmount.minor(units: units, currency: currency) == minor)
    }

    @Test(
        arguments: [
            ("KWD", 5_124), ("JOD", 1), ("OMR", 9_999), ("MGA", 501),
            ("ISK", Int64.max / 10), ("EUR", Int64.max / 10),
        ] as [(String, Int64)])
    func `an amount that Stripe has no unit for is never rounded`(currency: String, minor: Int64) {
        #expect(StripeAmount.units(minor: minor, currency: currency) == nil)
    }

    @Test(arguments: [("ISK", 550), ("UGX", 1)] as [(String, Int64)])
    func `units that are not a whole amount are refused`(currency: String, units: Int64) {
        #expect(StripeAmount.minor(units: units, currency: currency) == nil)
    }

    @Test func `every amount of every currency that is pledged in makes the round trip`() throws {
        for currency in Currency.all {
            for minor: Int64 in [1, 9, 10, 99, 100, 101, 12_345, 999_999] {
                let units = try #require(
                    StripeAmount.units(minor: minor, currency: currency.code))
                #expect(StripeAmount.minor(units: units, currency: currency.code) == minor)
            }
        }
    }

    @Test func `refunds and fees keep their sign`() {
        #expect(StripeAmount.minor(units: -500, currency: "ISK") == -5)
        #expect(StripeAmount.minor(units: -59, currency: "EUR") == -59)
    }
}
