import Payments
import Pledging

/// Money that came to the newsroom's account at the processor, or left it.
struct Movement {
    let kind: Payout.Kind
    let at: Instant
    /// Negative if it left.
    let gross: Money
    let feeMinor: Int64
    let payment: String
}

/// Each day (UTC) that is over has one payout in each currency.
extension SimulatedProcessor {
    func payouts(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PayoutPage {
        if isDown { throw ProcessorUnavailable(reason: "down") }
        // Two on each page.
        let all = paidOut().filter { $0.payout.madeAt >= since }
        let start = cursor.flatMap { Int($0) } ?? 0
        let end = min(all.count, start + 2)
        return PayoutPage(
            payouts: Array(all[min(start, end)..<end]), cursor: end < all.count ? String(end) : nil)
    }

    /// Returns every payout so far.
    func paidOut() -> [PayoutRecord] {
        let today = now.utcDate
        let days = Dictionary(grouping: movements.filter { $0.at.utcDate < today }) {
            "po_\($0.at.utcDate)_\($0.gross.currency.code)"
        }
        return days.sorted { $0.key < $1.key }.map { name, moved in
            var parts = Payout.Parts()
            for movement in moved {
                parts.add(
                    movement.kind, grossMinor: movement.gross.minorUnits,
                    feeMinor: movement.feeMinor)
            }
            let payments = moved.filter { $0.kind == .charge }.map { movement in
                PaymentSettlement(
                    paymentRemoteID: movement.payment,
                    settlement: Settlement(
                        feeMinor: movement.feeMinor,
                        netMinor: movement.gross.minorUnits - movement.feeMinor,
                        currency: movement.gross.currency.code, payoutID: name))
            }
            return PayoutRecord(
                payout: Payout(
                    processor: self.name, remoteID: name, currency: moved[0].gross.currency.code,
                    amountMinor: parts.totalMinor,
                    madeAt: Instant(
                        milliseconds: Int64(moved[0].at.utcDate.daysSinceEpoch + 1) * 86_400_000),
                    state: .paid, parts: parts),
                payments: payments)
        }
    }
}
