import Pledging

extension World {
    mutating func answerRefunds(_ request: FakeRequest, _ rest: [String]) -> FakeReply {
        switch (request.method, rest.count) {
        case ("POST", 0): return createRefund(request)
        case ("GET", 0):
            let payment = request["payment_intent"]
            let own = refunds.values.filter { payment == nil || $0.intent == payment }
            return page(request, own.map { ($0.id, $0.created, json($0)) })
        case ("GET", 1):
            return refunds[rest[0]].map { .json(json($0)) } ?? .missing(rest[0])
        default: return .error(404, code: nil)
        }
    }

    private mutating func createRefund(_ request: FakeRequest) -> FakeReply {
        let payment = request["payment_intent"] ?? ""
        guard let intent = intents[payment] else {
            return .invalid("payment_intent", code: "resource_missing")
        }
        guard intent.status == "succeeded" else {
            return .invalid("payment_intent", code: "payment_intent_unexpected_state")
        }
        let left = intent.amount - refunded(payment)
        guard left > 0 else { return .invalid("amount", code: "charge_already_refunded") }
        guard let amount = request.integer("amount"), amount > 0, amount <= left else {
            return .invalid("amount", message: "Refund amount is greater than what is left.")
        }
        return .json(
            json(addRefund(of: payment, amount: amount, metadata: request.metadata)))
    }

    mutating func addRefund(
        of payment: String, amount: Int64, metadata: [(String, String)]
    ) -> RefundRow {
        let refund = RefundRow(
            id: newID("re"), intent: payment, amount: amount, created: seconds(),
            metadata: metadata)
        refunds[refund.id] = refund
        tell("refund.created", json(refund))
        return refund
    }

    mutating func failRefund(_ id: String, _ reason: String) {
        guard var refund = refunds[id] else { return }
        refund.status = "failed"
        refund.failureReason = reason
        refunds[id] = refund
        tell("refund.updated", json(refund))
    }

    func refunded(_ payment: String) -> Int64 {
        refunds.values.filter { $0.intent == payment && $0.status != "failed" }
            .reduce(0) { $0 + $1.amount }
    }

    // MARK: Disputes

    func answerDisputes(_ request: FakeRequest) -> FakeReply {
        let own = disputes.values.filter { $0.intent == request["payment_intent"] }
        return page(request, own.map { ($0.id, $0.created, json($0)) })
    }

    mutating func addDispute(of payment: String, amount: Int64?) -> String {
        let dispute = DisputeRow(
            id: newID("dp"), intent: payment, amount: amount ?? intents[payment]?.amount ?? 0,
            created: seconds())
        disputes[dispute.id] = dispute
        if let charge = intents[payment]?.charge { charges[charge]?.isDisputed = true }
        tell("charge.dispute.created", json(dispute))
        return dispute.id
    }

    mutating func closeDispute(_ id: String, _ status: String) {
        guard var dispute = disputes[id] else { return }
        dispute.status = status
        disputes[id] = dispute
        tell("charge.dispute.closed", json(dispute))
    }

    mutating func warn(_ payment: String) {
        tell(
            "radar.early_fraud_warning.created",
            [
                "id": .string(newID("issfr")), "object": "radar.early_fraud_warning",
                "payment_intent": .string(payment), "actionable": .bool(true),
            ])
    }
}
