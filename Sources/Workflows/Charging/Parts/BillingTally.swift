import Payments
package import Pledging

/// What a billing run did, and the brakes that look at it.
package struct BillingTally: Hashable, Sendable {
    package var claimed = 0
    package var succeeded = 0
    package var declined = 0
    package var actionRequired = 0
    package var pending = 0
    package var unknown = 0
    package var held = 0
    package var skipped = 0
    /// Cancelled or paused just before the call.
    package var withdrawn = 0
    /// First calls for a charge, and how many of them were declined: what tells whether something
    /// is wrong. Retries fail mostly, and a charge without a method makes no call.
    private var firstCalls = 0
    private var firstDeclines = 0
    /// Minor units that were taken, or in a dry run would be asked for, by currency.
    package var amounts: [String: Int64] = [:]

    package init() {}

    package var json: JSON {
        [
            "claimed": .integer(Int64(claimed)), "succeeded": .integer(Int64(succeeded)),
            "declined": .integer(Int64(declined)),
            "action_required": .integer(Int64(actionRequired)),
            "pending": .integer(Int64(pending)), "unknown": .integer(Int64(unknown)),
            "held": .integer(Int64(held)), "skipped": .integer(Int64(skipped)),
            "withdrawn": .integer(Int64(withdrawn)), "amounts": amountsJSON,
        ]
    }

    private var amountsJSON: JSON {
        .object(
            amounts.sorted { $0.key < $1.key }.map { code, minor in
                JSON.Member(
                    name: code,
                    value: .string(
                        Money.decimal(minor, exponent: Currency.exponent(of: code))))
            })
    }

    mutating func add(_ amount: Money) {
        amounts[amount.currency.code, default: 0] += amount.minorUnits
    }

    mutating func add(_ other: BillingTally) {
        claimed += other.claimed
        succeeded += other.succeeded
        declined += other.declined
        actionRequired += other.actionRequired
        pending += other.pending
        unknown += other.unknown
        held += other.held
        skipped += other.skipped
        withdrawn += other.withdrawn
        for (code, minor) in other.amounts { amounts[code, default: 0] += minor }
    }

    mutating func count(_ outcome: ChargeOutcome, _ order: ChargeOrder) {
        if order.reference.attempt == 1 {
            firstCalls += 1
            if case .declined = outcome { firstDeclines += 1 }
        }
        switch outcome {
        case .succeeded:
            succeeded += 1
            add(order.amount)
        case .declined: declined += 1
        case .actionNeeded: actionRequired += 1
        case .pending: pending += 1
        case .unknown: unknown += 1
        }
    }

    /// Why nothing more may be sent; nil while all is well. A bank, a processor or we have gone
    /// wrong when most of a run is declined.
    var reasonToStop: String? {
        guard firstCalls >= BillingTally.brakeCalls, firstDeclines * 2 > firstCalls else {
            return nil
        }
        return "\(firstDeclines) of \(firstCalls) charges were declined; nothing more is sent. "
            + "Look at 'mainstay charge list --state declined', then run it again"
    }

    /// Calls before the share of declines tells anything.
    private static let brakeCalls = 50
}
