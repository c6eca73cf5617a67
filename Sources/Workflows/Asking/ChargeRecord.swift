package import Pledging
import Store

/// A charge with its attempts, refunds, disputes and extra payments.
package struct ChargeRecord: Sendable {
    package let charge: Charge
    package let attempts: [ChargeAttempt]
    package let refunds: [Refund]
    package let disputes: [Dispute]
    package let extraPayments: [ExtraPayment]

    package var json: JSON {
        charge.json.adding([
            "tries": .array(attempts.map(\.json)), "refunds": .array(refunds.map(\.json)),
            "disputes": .array(disputes.map(\.json)),
            "extra_payments": .array(extraPayments.map(\.json)),
        ])
    }
}

extension Moment {
    func record(of charge: Charge) throws -> ChargeRecord {
        ChargeRecord(
            charge: charge, attempts: try store.attempts(of: charge.id),
            refunds: try store.refunds(of: charge.id),
            disputes: try store.disputes(of: charge.id),
            extraPayments: try store.extraPayments(of: charge.id))
    }
}
