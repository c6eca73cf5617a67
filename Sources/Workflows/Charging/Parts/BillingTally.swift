import Payments
package import Pledging

/// What a billing run did.
package struct BillingTally: Hashable, Sendable {
    package var claimed = 0
    package var succeeded = 0
    package var declined = 0
    package var actionRequired = 0
    package var pending = 0
    package var unknown = 0
    package var held = 0
    package var skipped = 0
    /// Not sent, because the pledge, its method or the risk policy changed just before the call.
    package var withdrawn = 0
    /// Due charges by the name of their processor, where that is not set up in this process: they
    /// wait.
    package var notSetUp: [String: Int] = [:]
    /// The currencies that reached the day's ceiling: the rest of their charges is held.
    package var ceilings: Set<String> = []
    /// Minor units by currency that were collected, or that a dry run would collect.
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
            "ceilings": .array(ceilings.sorted().map { .string($0) }),
            "not_set_up": .object(
                notSetUp.sorted { $0.key < $1.key }.map { name, count in
                    JSON.Member(name: name, value: .integer(Int64(count)))
                }),
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
        for (name, count) in other.notSetUp { notSetUp[name, default: 0] += count }
        ceilings.formUnion(other.ceilings)
        for (code, minor) in other.amounts { amounts[code, default: 0] += minor }
    }

    mutating func count(_ outcome: ChargeOutcome, _ order: ChargeOrder) {
        switch outcome {
        case .succeeded:
            succeeded += 1
            add(order.amount)
        // The end of the run says what becomes of it.
        case .declined(let decline) where decline.isMissingToken: break
        case .declined(let decline) where !decline.isOfReader: held += 1
        case .declined: declined += 1
        case .actionNeeded: actionRequired += 1
        case .pending: pending += 1
        case .unknown: unknown += 1
        }
    }
}
