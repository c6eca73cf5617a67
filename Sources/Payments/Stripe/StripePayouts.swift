package import Pledging

extension StripeProcessor {
    /// Returns one payout to a page. An automatic payout lists its payments
    /// (docs.stripe.com/payouts/reconciliation); one made by hand lists nothing.
    package func settlements(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> SettlementPage {
        do {
            let page: StripeList<StripeReferenced> = try await client.call(
                .get(
                    "payouts",
                    [
                        "created[gte]": String(since.secondsRoundedUp), "limit": "1",
                        "starting_after": cursor,
                    ]))
            guard let payout = page.data.first else {
                return SettlementPage(settlements: [], cursor: nil)
            }
            return SettlementPage(
                settlements: try await settlements(in: payout.id),
                cursor: page.hasMore == true ? payout.id : nil)
        } catch {
            throw error.unavailable
        }
    }

    private func settlements(
        in payout: String
    ) async throws(StripeError) -> [PaymentSettlement] {
        var found: [PaymentSettlement] = []
        var last: String?
        repeat {
            let page: StripeList<StripeBalanceTransaction> = try await client.call(
                .get(
                    "balance_transactions",
                    [
                        "payout": payout, "limit": String(Self.pageSize), "starting_after": last,
                        "expand[]": "data.source",
                    ]))
            found += page.data.compactMap { $0.payment(in: payout) }
            last = page.hasMore == true ? page.data.last?.id : nil
        } while last != nil
        return found
    }
}

extension StripeBalanceTransaction {
    /// Returns nil for anything but a payment: refunds, disputes, fees, the payout itself.
    fileprivate func payment(in payout: String) -> PaymentSettlement? {
        guard type == "charge" || type == "payment", let payment = source?.object?.paymentIntent,
            let settlement = settlement(in: payout)
        else { return nil }
        return PaymentSettlement(paymentRemoteID: payment.id, settlement: settlement)
    }
}
