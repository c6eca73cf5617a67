package import Pledging

/// A charge with its attempts, refunds and disputes.
package struct ChargeRecord: Sendable {
    package let charge: Charge
    package let attempts: [ChargeAttempt]
    package let refunds: [Refund]
    package let disputes: [Dispute]

    package var json: JSON {
        charge.json.adding([
            "tries": .array(attempts.map(\.json)), "refunds": .array(refunds.map(\.json)),
            "disputes": .array(disputes.map(\.json)),
        ])
    }
}
