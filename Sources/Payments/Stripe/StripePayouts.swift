package import Pledging

extension StripeProcessor {
    /// A payout to a page. An automatic one lists what it is made of
    /// (docs.stripe.com/payouts/reconciliation); one that was made by hand lists nothing.
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
            let page: StripeList<StripePaidOut> = try await client.call(
                .get(
                    "balance_transactions",
                    [
                        "payout": payout, "limit": String(Self.pageSize), "starting_after": last,
                        "expand[]": "data.source",
                    ]))
            found += page.data.compactMap { $0.settlement(in: payout) }
            last = page.hasMore == true ? page.data.last?.id : nil
        } while last != nil
        return found
    }
}

extension StripePaidOut {
    /// Nil for what is no payment: refunds, disputes, fees, the payout itself.
    fileprivate func settlement(in payout: String) -> PaymentSettlement? {
        guard type == "charge" || type == "payment", let payment = source?.object?.paymentIntent,
            let fee, let net, let currency = currency?.uppercased(),
            let feeMinor = StripeAmount.minor(units: fee, currency: currency),
            let netMinor = StripeAmount.minor(units: net, currency: currency)
        else { return nil }
        return PaymentSettlement(
            paymentRemoteID: payment.id,
            settlement: Settlement(
                feeMinor: feeMinor, netMinor: netMinor, currency: currency, payoutID: payout))
    }
}
