package import Pledging

/// What people who were removed for their safety had paid in a month (UTC). Only sums are left.
package struct RemovedSum: Hashable, Sendable {
    package let month: YearMonth
    package let currency: String
    package let charges: Int64
    package let amountMinor: Int64
    /// What of it went back.
    package let refundedMinor: Int64

    /// Whether payments that this book does not know can be theirs.
    package func covers(_ payments: [Money]) -> Bool {
        Int64(payments.count) <= charges
            && payments.reduce(0) { $0 + $1.minorUnits } <= amountMinor
    }
}

extension Transaction {
    /// Returns the sums of removed people, in the order of months and currencies.
    package func removedSums() throws -> [RemovedSum] {
        try connection.run(
            """
            SELECT month, currency, charges, amount_minor, refunded_minor FROM folded_charges
            ORDER BY month, currency
            """
        ).read { row in
            let (text, currency) = try (row.text(), row.text())
            guard let month = YearMonth(text) else { throw RowError(column: 0) }
            return try RemovedSum(
                month: month, currency: currency, charges: row.integer(),
                amountMinor: row.integer(), refundedMinor: row.integer())
        }
    }

    /// Returns whether removed people paid in that month in that currency.
    package func hasRemoved(payingIn month: YearMonth, _ currency: Currency) throws -> Bool {
        try !connection.run(
            "SELECT 1 FROM folded_charges WHERE month = $1 AND currency = $2",
            .text(month.description), .text(currency.code)
        ).isEmpty
    }
}
