import Foundation
import Pledging

/// Money that went to the newsroom's bank in one transfer.
struct PayoutRow: Sendable {
    let id: String
    let created: Int64
    let amount: Int64
    let isAutomatic: Bool
    let lines: [LineRow]
    var status = "paid"
    /// Whether the list of what it was made of is complete.
    var isListed = true
}

/// A balance transaction.
struct LineRow: Sendable {
    let id: String
    let type: String
    let category: String
    let amount: Int64
    let fee: Int64
    /// The charge, refund or dispute, and the payment that it is about.
    let source: String
    let intent: String?

    var net: Int64 { amount - fee }
}

extension World {
    /// Pays out everything that moved and was not paid out yet.
    mutating func payOut() -> String {
        let former = Set(payouts.flatMap(\.lines).map(\.id))
        let lines = movements.filter { !former.contains($0.id) }
        accountFees = []
        let payout = PayoutRow(
            id: newID("po"), created: seconds(), amount: lines.reduce(0) { $0 + $1.net },
            isAutomatic: true, lines: lines)
        payouts.append(payout)
        return payout.id
    }

    mutating func payOutByHand(_ amount: Int64) -> String {
        let payout = PayoutRow(
            id: newID("po"), created: seconds(), amount: amount, isAutomatic: false, lines: [])
        payouts.append(payout)
        return payout.id
    }

    mutating func setPayout(_ id: String, _ status: String, isListed: Bool) {
        for index in payouts.indices where payouts[index].id == id {
            payouts[index].status = status
            payouts[index].isListed = isListed
        }
    }

    /// Everything that ever moved: payments, refunds, disputes with their fee, fees of the account.
    private var movements: [LineRow] {
        let paid = intents.values.filter { $0.status == "succeeded" }.map { intent in
            LineRow(
                id: "txn_" + intent.id.dropFirst(3), type: "charge", category: "charge",
                amount: intent.amount, fee: intent.amount * 29 / 1_000 + 30,
                source: intent.charge ?? "", intent: intent.id)
        }
        let back = refunds.values.filter { $0.status == "succeeded" }.map { refund in
            LineRow(
                id: "txn_" + refund.id.dropFirst(3), type: "refund", category: "refund",
                amount: -refund.amount, fee: 0, source: refund.id, intent: refund.intent)
        }
        let disputed = disputes.values.flatMap { dispute -> [LineRow] in
            let number = dispute.id.dropFirst(3)
            let taken = LineRow(
                id: "txn_" + number, type: "adjustment", category: "dispute",
                amount: -dispute.amount, fee: 1_500, source: dispute.id, intent: dispute.intent)
            let returned = LineRow(
                id: "txn_r" + number, type: "adjustment", category: "dispute_reversal",
                amount: dispute.amount, fee: -1_500, source: dispute.id, intent: dispute.intent)
            return dispute.status == "won" ? [taken, returned] : [taken]
        }
        let fees = accountFees.enumerated().map { number, amount in
            LineRow(
                id: "txn_fee\(payouts.count)_\(number)", type: "stripe_fee", category: "fee",
                amount: -amount, fee: 0, source: "", intent: nil)
        }
        return (paid + back + disputed + fees).sorted { $0.id < $1.id }
    }

    func answerPayouts(_ request: FakeRequest) -> FakeReply {
        page(
            request,
            payouts.map { payout in
                (
                    payout.id, payout.created,
                    [
                        "id": .string(payout.id), "object": "payout",
                        "status": .string(payout.status), "created": .integer(payout.created),
                        "amount": .integer(payout.amount), "currency": "eur",
                        "automatic": .bool(payout.isAutomatic),
                        "reconciliation_status": .string(
                            !payout.isAutomatic
                                ? "not_applicable"
                                : payout.isListed ? "completed" : "in_progress"),
                    ]
                )
            })
    }

    /// Lists the transactions of one payout, including the payout's own.
    func answerTransactions(_ request: FakeRequest) -> FakeReply {
        guard let payout = payouts.first(where: { $0.id == request["payout"] }) else {
            return .invalid("payout", code: "resource_missing")
        }
        guard payout.isAutomatic else {
            return .invalid(
                "payout",
                message: "Balance transaction history can only be filtered on automatic transfers")
        }
        let expands = request.all("expand[]").contains("data.source")
        let own = LineRow(
            id: "txn_" + payout.id, type: "payout", category: "payout", amount: -payout.amount,
            fee: 0, source: payout.id, intent: nil)
        let lines = payout.isListed ? payout.lines : Array(payout.lines.dropLast())
        return page(
            request,
            (lines + [own]).map { line in
                (line.id, payout.created, json(line, expands: expands))
            })
    }

    private func json(_ line: LineRow, expands: Bool) -> JSON {
        let source: JSON = .members([
            "id": .string(line.source), "object": .string(line.type),
            "payment_intent": line.intent.map { .string($0) },
        ])
        return [
            "id": .string(line.id), "object": "balance_transaction", "type": .string(line.type),
            "reporting_category": .string(line.category), "amount": .integer(line.amount),
            "fee": .integer(line.fee), "net": .integer(line.net), "currency": "eur",
            "source": line.source.isEmpty
                ? .null : expands ? source : .string(line.source),
        ]
    }
}
