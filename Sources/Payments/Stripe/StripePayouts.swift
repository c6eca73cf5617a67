package import Pledging

extension StripeProcessor {
    /// Returns one payout to a page. An automatic payout lists what it was made of once Stripe has
    /// put that together (docs.stripe.com/payouts/reconciliation); one made by hand lists nothing.
    package func payouts(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PayoutPage {
        do {
            let page: StripeList<StripePayout> = try await client.call(
                .get(
                    "payouts",
                    [
                        "created[gte]": String(since.secondsRoundedUp), "limit": "1",
                        "starting_after": cursor,
                    ]))
            guard let payout = page.data.first else { return PayoutPage(payouts: [], cursor: nil) }
            let lines = payout.listsItsLines ? try await lines(of: payout.id) : nil
            return PayoutPage(
                payouts: payout.record(lines).map { [$0] } ?? [],
                cursor: page.hasMore == true ? payout.id : nil)
        } catch {
            throw error.unavailable
        }
    }

    /// Returns all that a payout was made of.
    private func lines(
        of payout: String
    ) async throws(StripeError) -> [StripeBalanceTransaction] {
        var found: [StripeBalanceTransaction] = []
        var last: String?
        repeat {
            let page: StripeList<StripeBalanceTransaction> = try await client.call(
                .get(
                    "balance_transactions",
                    [
                        "payout": payout, "limit": String(Self.pageSize), "starting_after": last,
                        "expand[]": "data.source",
                    ]))
            found += page.data.filter { $0.source?.id != payout }
            last = page.hasMore == true ? page.data.last?.id : nil
        } while last != nil
        return found
    }
}

extension StripePayout {
    fileprivate var listsItsLines: Bool {
        automatic == true && (reconciliationStatus ?? "completed") == "completed"
    }

    /// Returns nil if an amount or the currency cannot be read.
    fileprivate func record(_ lines: [StripeBalanceTransaction]?) -> PayoutRecord? {
        guard let currency = currency?.uppercased(), let amount,
            let minor = StripeAmount.minor(units: amount, currency: currency)
        else { return nil }
        var parts = lines.map { _ in Payout.Parts() }
        for line in lines ?? [] {
            guard let gross = line.amount, let fee = line.fee,
                let grossMinor = StripeAmount.minor(units: gross, currency: currency),
                let feeMinor = StripeAmount.minor(units: fee, currency: currency)
            else { return nil }
            parts?.add(line.kind, grossMinor: grossMinor, feeMinor: feeMinor)
        }
        return PayoutRecord(
            payout: Payout(
                processor: StripeProcessor.factory.name, remoteID: id, currency: currency,
                amountMinor: minor, madeAt: Instant(milliseconds: (created ?? 0) * 1_000),
                state: state, parts: parts),
            payments: (lines ?? []).compactMap { $0.payment(in: id) })
    }

    /// docs.stripe.com/api/payouts/object, `status`.
    private var state: Payout.State {
        switch status {
        case "paid": .paid
        case "failed", "canceled": .failed
        default: .underway
        }
    }
}

extension StripeBalanceTransaction {
    /// docs.stripe.com/reports/reporting-categories; older lines have a type alone.
    fileprivate var kind: Payout.Kind {
        switch reportingCategory ?? type {
        case "charge", "payment": .charge
        case "refund", "refund_failure", "partial_capture_reversal", "payment_refund",
            "payment_failure_refund", "charge_failure", "payment_reversal":
            .refund
        case "dispute", "dispute_reversal": .dispute
        case "fee", "tax", "stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost": .fee
        default: .adjustment
        }
    }

    /// Returns nil for anything but a payment.
    fileprivate func payment(in payout: String) -> PaymentSettlement? {
        guard kind == .charge, let payment = source?.object?.paymentIntent,
            let settlement = settlement(in: payout)
        else { return nil }
        return PaymentSettlement(paymentRemoteID: payment.id, settlement: settlement)
    }
}
