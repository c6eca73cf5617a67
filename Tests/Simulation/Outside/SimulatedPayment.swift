import Payments
import Pledging
import TestSupport

/// A payment in the simulated processor's records, and what will become of it.
struct SimulatedPayment {
    let reference: ChargeReference
    let amount: Money
    let token: String
    let remoteID: String
    let madeAt: Instant
    var outcome: ChargeOutcome
    /// Money that went back by refunds and by lost disputes.
    var refunded: Int64 = 0
    /// What its bank demands back.
    var disputed: Int64 = 0
    var taken = false
    /// It took money after it had been declined.
    var isLate = false
    /// What it turns into by itself, and when.
    var fate: (at: Instant, turn: Turn)?

    enum Turn {
        case succeeds
        /// The bank declined, and takes the money all the same.
        case succeedsAfterAll
        case declines(String)
        case refundedThere, suspected, disputed
        case disputeEnds(won: Bool)
    }

    var answer: ChargeAnswer { ChargeAnswer(outcome, remoteID: remoteID) }
    var left: Int64 { amount.minorUnits - refunded }

    var settlement: Settlement {
        let fee = amount.minorUnits * 29 / 1_000 + 30
        return Settlement(
            feeMinor: fee, netMinor: amount.minorUnits - fee, currency: amount.currency.code,
            payoutID: nil)
    }
}

struct SimulatedRefund {
    let order: RefundOrder
    let remoteID: String
    var outcome: RefundOutcome
    var turnsAt: Instant?

    var answer: RefundAnswer { RefundAnswer(outcome, remoteID: remoteID) }
}

/// How a payment method behaves. Its token ends with the name.
enum Mood: String, CaseIterable {
    case good, poor, broke, stolen, revoking, asking, slow, disputing

    init(token: String) {
        self = Mood(rawValue: String(token.split(separator: "_").last ?? "")) ?? .good
    }

    /// Returns the code of a decline if this attempt is declined, else nil.
    func decline(_ dice: Dice) -> String? {
        switch self {
        case .good, .asking, .slow, .disputing: dice.chance(20) ? "do_not_honor" : nil
        case .poor: dice.chance(450) ? "insufficient_funds" : nil
        case .broke: "insufficient_funds"
        case .stolen: "stolen_card"
        case .revoking: dice.chance(150) ? "revocation_of_authorization" : nil
        }
    }
}
