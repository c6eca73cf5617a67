package import Pledging

extension SandboxProcessor {
    package func refund(_ order: RefundOrder) async -> RefundAnswer {
        let now = clock()
        return await answered(RefundAnswer(.unknown(Self.unusable))) { ledger in
            try ledger.ripen(by: now)
            if let (offset, fact) = try ledger.find(key: order.key), fact.kind == .refund {
                return fact.refundAnswer(at: offset, order.amount.currency)
            }
            guard let payment = SandboxLedger.offset(of: order.paymentRemoteID),
                let (fact, _) = try ledger.fact(at: payment),
                try ledger.state(of: payment, fact).state == "succeeded",
                try ledger.returned(of: payment) + order.amount.minorUnits <= fact.minor ?? 0
            else { return RefundAnswer(.failed("charge_already_refunded")) }
            let offset = try ledger.append(
                .init(
                    kind: .refund, at: now.milliseconds, key: order.key,
                    payment: order.paymentRemoteID, minor: order.amount.minorUnits,
                    currency: order.amount.currency.code, number: order.number))
            return RefundAnswer(
                .succeeded, remoteID: SandboxLedger.refundName(of: offset), amount: order.amount)
        }
    }

    package func lookUp(
        _ order: RefundOrder, remoteID: String?
    ) async -> LookUpAnswer<RefundAnswer> {
        await answered(.unreachable(Self.unusable)) { ledger in
            guard let (offset, fact) = try ledger.find(key: order.key), fact.kind == .refund else {
                return .absent
            }
            return .found(fact.refundAnswer(at: offset, order.amount.currency))
        }
    }
}

extension SandboxLedger.Fact {
    /// Returns the answer about a refund that was made.
    fileprivate func refundAnswer(at offset: UInt64, _ currency: Currency) -> RefundAnswer {
        RefundAnswer(
            .succeeded, remoteID: SandboxLedger.refundName(of: offset),
            amount: Money(minorUnits: minor ?? 0, currency: currency))
    }
}
