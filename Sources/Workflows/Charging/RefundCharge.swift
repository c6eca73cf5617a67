import Payments
package import Pledging
import Store

/// Gives a reader money back, all of a charge or a part. The charge stays succeeded; the totals are
/// net. The refund and its key are committed before the processor is asked.
package enum RefundCharge {
    /// All that is left without an amount.
    package static func run(
        _ id: ID<Charge>, amount text: String?, through processors: Processors, in context: Context
    ) async throws -> Refund {
        try await context.refuseWhileHeld()
        let now = context.now
        // 1. The refund, within what is left, under a number that names it for good.
        let begun = try await context.book.write { transaction in
            let charge = try transaction.existingCharge(id)
            guard charge.state == .succeeded else {
                throw Problem(.conflict, "the charge is \(charge.state.rawValue), not succeeded")
            }
            guard let name = charge.processor, let remoteID = charge.remoteID else {
                throw Problem(
                    .conflict, "this money came another way; give it back the way it came")
            }
            let known = try transaction.refunds(of: id)
            let refund = Refund(
                id: try context.id(at: now), chargeID: id, number: (known.last?.number ?? 0) + 1,
                amount: try amount(text, of: charge, after: known),
                nextStepAt: now.adding(seconds: BillingRun.leaseSeconds), createdAt: now)
            try transaction.insert(refund)
            return Begun(
                refund: refund, order: refund.order(of: charge, remoteID, in: context),
                processor: name, supporterID: charge.supporterID)
        }
        let refund = begun.refund
        guard let processor = processors[begun.processor] else {
            throw Problem(
                .unavailable,
                "no processor '\(begun.processor)' is set up here; the refund waits, and "
                    + "'mainstay run reconcile' asks for it once it is")
        }
        // 2. The call, then what it came to.
        let answer = await processor.refund(begun.order)
        try await record(answer, of: refund, in: context)
        return try await context.book.read { transaction in
            try transaction.refunds(of: id).first { $0.id == refund.id } ?? refund
        }
    }

    /// A refund whose row is written, and that is to be asked for.
    private struct Begun: Shown {
        let refund: Refund
        let order: RefundOrder
        let processor: String
        let supporterID: ID<Supporter>

        var shown: ShownJSON {
            ShownJSON(
                id: refund.id.text, json: refund.json.text, version: nil, supporterID: supporterID)
        }
    }

    private static func amount(
        _ text: String?, of charge: Charge, after known: [Refund]
    ) throws -> Money {
        let currency = charge.amount.currency
        let open = known.filter(\.state.isOpen).reduce(0) { $0 + $1.amount.minorUnits }
        let left = Money(
            minorUnits: charge.amount.minorUnits - charge.refundedMinor - open, currency: currency)
        guard left.minorUnits > 0 else {
            throw Problem(.conflict, "nothing of the charge is left to give back")
        }
        guard let text else { return left }
        let wanted: Money
        do throws(MoneyError) {
            wanted = try Money(parsing: text, currency)
        } catch {
            throw Problem(.invalid, field: "amount", error.description)
        }
        guard wanted.minorUnits > 0, wanted.minorUnits <= left.minorUnits else {
            throw Problem(.invalid, field: "amount", "must be above zero and at most \(left)")
        }
        return wanted
    }

    private static func record(
        _ answer: RefundAnswer, of refund: Refund, in context: Context
    ) async throws {
        let now = context.now
        try await context.book.writePatiently { transaction in
            let charge = try transaction.existingCharge(refund.chargeID)
            try transaction.book(
                answer, number: refund.number, refund.amount, of: charge, in: context, at: now)
        }
    }

    // MARK: Refunds in doubt

    /// Asks for every refund whose answer was lost or is awaited; part of `run reconcile`.
    static func askAgain(
        through processors: Processors, in context: Context
    ) async throws -> (asked: Int, settled: Int) {
        let now = context.now
        let due = try await context.book.read { transaction in
            try transaction.refunds(toStepBy: now, limit: batchSize)
        }
        var counts = (asked: 0, settled: 0)
        for refund in due {
            let order = try await context.book.write { transaction -> (RefundOrder, String)? in
                let charge = try transaction.existingCharge(refund.chargeID)
                let lease = now.adding(seconds: BillingRun.leaseSeconds)
                guard let name = charge.processor, let remoteID = charge.remoteID,
                    processors[name] != nil, try transaction.schedule(refund, next: lease)
                else { return nil }
                return (refund.order(of: charge, remoteID, in: context), name)
            }
            guard let (order, name) = order, let processor = processors[name] else { continue }
            counts.asked += 1
            let answer = await ask(processor, order, refund, at: now)
            try await record(answer, of: refund, in: context)
            switch answer.outcome {
            case .succeeded, .failed: counts.settled += 1
            case .pending, .unknown: break
            }
        }
        return counts
    }

    /// The same key while the processor remembers it; later its list.
    private static func ask(
        _ processor: any PaymentProcessor, _ order: RefundOrder, _ refund: Refund, at now: Instant
    ) async -> RefundAnswer {
        let isYoung = now < refund.createdAt.adding(hours: processor.keyLifetimeHours - 1)
        if refund.state != .pending, isYoung {
            let answer = await processor.refund(order)
            // That it is refused now says nothing of the call before it.
            guard case .failed(let code) = answer.outcome,
                Decline(code: code).bucket == .operator
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

extension Refund {
    fileprivate func order(
        of charge: Charge, _ remoteID: String, in context: Context
    ) -> RefundOrder {
        RefundOrder(
            charge: ChargeReference(
                charge, attempt: charge.attempts, bookID: context.book.keys.bookID.text),
            number: number, paymentRemoteID: remoteID, amount: amount)
    }
}
