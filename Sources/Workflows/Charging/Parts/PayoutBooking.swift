import Payments
import Pledging
import Store

/// Records payouts as a processor lists them, with fee and net of each payment in them.
struct PayoutBooking {
    let change: Change

    func record(_ payouts: [Payout]) throws {
        try change.store.save(payouts)
        for payout in payouts {
            try set(
                .payoutDiffers, payout, payout.isWrong ? payout.differenceWords : nil)
            try set(.payoutFailed, payout, payout.state == .failed ? payout.amountWords : nil)
        }
    }

    func settle(_ payments: some Sequence<PaymentSettlement>, at processor: String) throws {
        for payment in payments {
            guard
                let charge = try change.store.charge(
                    paidAs: payment.paymentRemoteID, at: processor),
                charge.settlement != payment.settlement
            else { continue }
            try change.store.settle(charge.id, payment.settlement)
        }
    }

    private func set(_ kind: Attention.Kind, _ payout: Payout, _ detail: String?) throws {
        if let detail {
            try change.attention.raise(kind, payout.remoteID, detail)
        } else {
            try change.attention.resolve(kind, payout.remoteID)
        }
    }
}

extension Payout {
    /// Whether it is not the sum of what it was made of.
    package var isWrong: Bool { state != .failed && differenceMinor.map { $0 != 0 } ?? false }

    package var amountWords: String { words(amountMinor) }
    var differenceWords: String { "\(amountWords), not \(words(parts?.totalMinor ?? 0))" }

    private func words(_ minorUnits: Int64) -> String {
        "\(Money.decimal(minorUnits, exponent: Currency.exponent(of: currency))) \(currency)"
    }
}

extension Change {
    var payouts: PayoutBooking { PayoutBooking(change: self) }
}
