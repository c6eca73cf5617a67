import Foundation
import Pledging

/// Money that went to the newsroom's bank in one transfer.
struct PayoutRow: Sendable {
    let id: String
    let created: Int64
    let intents: [String]
}

extension World {
    /// Pays out everything that was taken and not paid out yet.
    mutating func payOut() -> String {
        let former = Set(payouts.flatMap(\.intents))
        let paid = intents.values.filter { $0.status == "succeeded" && !former.contains($0.id) }
        let payout = PayoutRow(
            id: newID("po"), created: seconds(), intents: paid.map(\.id).sorted())
        payouts.append(payout)
        return payout.id
    }

    func answerPayouts(_ request: FakeRequest) -> FakeReply {
        page(
            request,
            payouts.map { payout in
                (
                    payout.id, payout.created,
                    [
                        "id": .string(payout.id), "object": "payout", "status": "paid",
                        "created": .integer(payout.created), "automatic": .bool(true),
                    ]
                )
            })
    }

    /// Lists the transactions of one payout, including the payout's own.
    func answerTransactions(_ request: FakeRequest) -> FakeReply {
        guard let payout = payouts.first(where: { $0.id == request["payout"] }) else {
            return .invalid("payout", code: "resource_missing")
        }
        let expands = request.all("expand[]").contains("data.source")
        let lines = payout.intents.compactMap { intents[$0] }.map { intent -> JSON in
            let charge = intent.charge ?? ""
            return transaction(of: intent).adding([
                "type": "charge",
                "source": expands
                    ? [
                        "id": .string(charge), "object": "charge",
                        "payment_intent": .string(intent.id),
                    ] : .string(charge),
            ])
        }
        let own: JSON = [
            "id": .string("txn_" + payout.id), "object": "balance_transaction", "type": "payout",
            "fee": .integer(0), "net": .integer(-1), "currency": "eur",
            "source": expands
                ? ["id": .string(payout.id), "object": "payout"] : .string(payout.id),
        ]
        return page(
            request,
            (lines + [own]).map { line in
                guard case .string(let id)? = line["id"] else { return ("", 0, line) }
                return (id, payout.created, line)
            })
    }
}
