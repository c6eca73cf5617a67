import Payments
import Pledging
import Store

/// Requests the refunds that wait for it, and asks about those whose answer was lost or is awaited.
/// Part of `run reconcile`.
enum RefundInquiry {
    /// Returns how many refunds were asked about, and how many of them are settled now.
    static func run(
        through processors: Processors, in context: Context
    ) async throws -> (asked: Int, settled: Int) {
        let now = context.now
        let due = try await context.look(at: now) { look in
            try look.store.refunds(toStepBy: look.now, limit: batchSize)
        }
        var counts = (asked: 0, settled: 0)
        for refund in due {
            guard let (order, name) = try await take(refund, processors, in: context),
                let processor = processors[name]
            else { continue }
            counts.asked += 1
            let answer = await ask(processor, order, refund, at: now)
            _ = try await context.settingAside(refund.chargeID.text) {
                try await context.record { change in
                    try change.refunds.apply(
                        answer, number: refund.number, refund.amount,
                        of: change.payment(of: refund))
                }
            }
            switch answer.outcome {
            case .succeeded, .failed: counts.settled += 1
            case .pending, .unknown: break
            }
        }
        return counts
    }

    /// Leases the refund, so that no other process asks about it. Returns nil when another process
    /// does, or when the processor cannot be reached.
    private static func take(
        _ refund: Refund, _ processors: Processors, in context: Context
    ) async throws -> (order: RefundOrder, processor: String)? {
        try await context.change { change in
            let payment = try change.payment(of: refund)
            let lease = change.now.adding(seconds: BillingRun.leaseSeconds)
            guard let name = payment.processor, processors[name] != nil,
                let order = RefundOrder(refund, of: payment, in: context),
                try change.store.schedule(refund, next: lease)
            else { return nil }
            return (order, name)
        }
    }

    /// Makes the call, and repeats it while the processor remembers its key; later, looks the
    /// refund up in the processor's list.
    private static func ask(
        _ processor: any PaymentProcessor, _ order: RefundOrder, _ refund: Refund, at now: Instant
    ) async -> RefundAnswer {
        let isYoung = now < refund.createdAt.adding(hours: processor.keyLifetimeHours - 1)
        if refund.isUnasked || (refund.state != .pending && isYoung) {
            let answer = await processor.refund(order)
            // If it is refused now because of the account, that says nothing about the earlier
            // call.
            guard case .failed(let code) = answer.outcome,
                Decline(code: code).mayBeOfAccount
            else { return answer }
            return RefundAnswer(.unknown(code))
        }
        switch await processor.lookUp(order, remoteID: refund.remoteID) {
        case .found(let answer): return answer
        case .absent:
            let isLate = now > refund.createdAt.adding(hours: 2 * Dunning.listHours)
            return RefundAnswer(isLate ? .failed(Decline.notReceived.code) : .unknown("absent"))
        case .unreachable(let reason): return RefundAnswer(.unknown(reason))
        }
    }

    private static let batchSize = 1_000
}

extension RefundOrder {
    /// Nil for a payment that no processor knows.
    init?(_ refund: Refund, of payment: TakenPayment, in context: Context) {
        guard let remoteID = payment.remoteID else { return nil }
        self.init(
            charge: ChargeReference(
                payment.charge, attempt: payment.attempt, bookID: context.book.keys.bookID.text),
            number: refund.number, paymentRemoteID: remoteID, amount: refund.amount,
            isExtra: payment.extra != nil)
    }
}
