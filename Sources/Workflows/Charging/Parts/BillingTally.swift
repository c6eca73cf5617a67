import Payments
package import Pledging

/// What a billing run did, and the check that stops it.
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
    /// First calls for a charge, and how many of them were declined. Only these show whether
    /// something is wrong: retries mostly fail, and a charge without a method makes no call.
    private var firstCalls = 0
    private var firstDeclines = 0
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

    /// Why nothing more may be sent; nil while the run may go on. If more than half of the first
    /// calls are declined, the bank, the processor or this program is at fault.
    var reasonToStop: String? {
        guard firstCalls >= BillingTally.brakeCalls, firstDeclines * 2 > firstCalls else {
            return nil
        }
        return "\(firstDeclines) of \(firstCalls) charges were declined; nothing more is sent. "
            + "See 'mainstay charge list --state declined', then run billing again"
    }

    /// First calls after which the share of declines is looked at.
    private static let brakeCalls = 50
}
