import Pledging

struct MethodRow: Sendable {
    let id: String
    let type: String
    let country: String?
    var customer: String?
    let behaviour: FakeBehaviour
}

struct IntentRow: Sendable {
    let id: String
    let amount: Int64
    let currency: String
    let created: Int64
    let metadata: [(String, String)]
    var status: String
    var charge: String?
    /// The last failure.
    var failure: Failure?
    var redirect: String?

    struct Failure: Sendable {
        let code: String
        var declineCode: String?
        var adviceCode: String?
    }
}

struct ChargeRow: Sendable {
    let id: String
    let intent: String
    let created: Int64
    var failureCode: String?
    var isPaid: Bool
    var isDisputed = false
}

struct RefundRow: Sendable {
    let id: String
    let intent: String
    let amount: Int64
    let created: Int64
    let metadata: [(String, String)]
    var status = "succeeded"
    var failureReason: String?
}

struct DisputeRow: Sendable {
    let id: String
    let intent: String
    let amount: Int64
    let created: Int64
    var status = "needs_response"
}

extension World {
    func json(_ intent: IntentRow, expands: Bool = false) -> JSON {
        let charge: JSON? = intent.charge.map { id in
            expands ? charges[id].map { json($0, of: intent) } ?? .null : .string(id)
        }
        return .members([
            "id": .string(intent.id), "object": "payment_intent",
            "amount": .integer(intent.amount), "currency": .string(intent.currency),
            "created": .integer(intent.created), "livemode": .bool(false),
            "status": .string(intent.status), "metadata": json(intent.metadata),
            "latest_charge": charge ?? .null,
            "last_payment_error": intent.failure.map { json($0) } ?? .null,
            "next_action": intent.redirect.map {
                ["type": "redirect_to_url", "redirect_to_url": ["url": .string($0)]]
            } ?? .null,
        ])
    }

    func json(_ failure: IntentRow.Failure) -> JSON {
        .members([
            "type": "card_error", "code": .string(failure.code),
            "decline_code": failure.declineCode.map { .string($0) },
            "advice_code": failure.adviceCode.map { .string($0) },
            "message": "It was declined.",
        ])
    }

    private func json(_ charge: ChargeRow, of intent: IntentRow) -> JSON {
        .members([
            "id": .string(charge.id), "object": "charge", "created": .integer(charge.created),
            "amount": .integer(intent.amount), "currency": .string(intent.currency),
            "amount_refunded": .integer(refunded(intent.id)),
            "disputed": .bool(charge.isDisputed),
            "failure_code": charge.failureCode.map { .string($0) } ?? .null,
            "balance_transaction": charge.isPaid ? transaction(of: intent) : .null,
        ])
    }

    /// The balance transaction of a payment. Its fee is 2.9 % and 30 units, rounded down.
    func transaction(of intent: IntentRow) -> JSON {
        let fee = intent.amount * 29 / 1_000 + 30
        return [
            "id": .string("txn_" + intent.id.dropFirst(3)), "object": "balance_transaction",
            "fee": .integer(fee), "net": .integer(intent.amount - fee),
            "currency": .string(intent.currency),
        ]
    }

    func json(_ refund: RefundRow) -> JSON {
        .members([
            "id": .string(refund.id), "object": "refund", "amount": .integer(refund.amount),
            "currency": .string(intents[refund.intent]?.currency ?? ""),
            "created": .integer(refund.created), "status": .string(refund.status),
            "failure_reason": refund.failureReason.map { .string($0) },
            "payment_intent": .string(refund.intent), "metadata": json(refund.metadata),
        ])
    }

    func json(_ dispute: DisputeRow) -> JSON {
        [
            "id": .string(dispute.id), "object": "dispute", "amount": .integer(dispute.amount),
            "currency": .string(intents[dispute.intent]?.currency ?? ""),
            "created": .integer(dispute.created), "status": .string(dispute.status),
            "payment_intent": .string(dispute.intent),
        ]
    }

    private func json(_ metadata: [(String, String)]) -> JSON {
        .object(metadata.map { JSON.Member(name: $0.0, value: .string($0.1)) })
    }
}
