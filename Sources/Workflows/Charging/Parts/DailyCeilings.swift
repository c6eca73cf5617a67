import Pledging
import Store

/// What may still be sent to processors today, in each currency, within a batch. A charge that
/// would pass the ceiling is held; smaller ones, and other currencies, go on.
struct DailyCeilings: Sendable {
    /// Minor units of today, before this batch.
    private var before: [Currency: Int64] = [:]
    private var added: [Currency: Int64] = [:]
    private var reached: Set<Currency> = []

    /// Counts the amount. Returns false if it would pass the ceiling, and counts nothing.
    mutating func admit(_ amount: Money, _ run: BillingRun, _ change: Change) throws -> Bool {
        let currency = amount.currency
        let known = try before[currency] ?? change.store.submitted(currency, on: run.today)
        before[currency] = known
        let sum = added[currency, default: 0] + amount.minorUnits
        guard known + sum <= run.ceilings.dailyMaximum(currency) else {
            reached.insert(currency)
            return false
        }
        added[currency] = sum
        return true
    }

    /// Writes what was counted, and raises an attention for each ceiling that was reached. Returns
    /// the codes of those currencies.
    func record(_ run: BillingRun, _ change: Change) throws -> Set<String> {
        for (currency, minorUnits) in added.sorted(by: { $0.key.code < $1.key.code }) {
            try change.store.countSubmitted(
                Money(minorUnits: minorUnits, currency: currency), on: run.today)
        }
        for currency in reached.sorted(by: { $0.code < $1.code }) {
            try change.attention.raise(
                .ceilingReached, currency.code, run.ceilingText(currency))
        }
        return Set(reached.map(\.code))
    }

    /// Lets go what the ceiling held, once it is another day or the ceiling was raised.
    static func release(for run: BillingRun, in context: Context) async throws {
        let held = try await context.look { look in
            try look.store.openAttentions(limit: Int.max).filter { attention in
                guard attention.kind == .ceilingReached else { return false }
                let currency = try? Currency(attention.subject)
                return currency.map { run.ceilingText($0) } != attention.detail
            }
        }
        guard !held.isEmpty else { return }
        try await context.change { change in
            for attention in held {
                try change.store.scheduleHeld(
                    because: .ceilingReached, in: attention.subject, next: change.now)
                try change.attention.resolve(attention)
            }
        }
    }
}

extension BillingRun {
    /// The ceiling and its day, so that it can be seen when either is another.
    fileprivate func ceilingText(_ currency: Currency) -> String {
        "\(ceilings.dailyText(currency)) on \(today)"
    }
}
