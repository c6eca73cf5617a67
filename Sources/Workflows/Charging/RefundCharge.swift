import Payments
package import Pledging
import Store

/// Refunds a payment of a charge, in full or in part. The charge stays succeeded; totals are net of
/// refunds. The refund and its key are committed before the processor is asked.
package enum RefundCharge {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [.amount, .despiteDispute, .payment]

    /// Refunds `text`, or all that is left when it is nil, of the payment that the charge counts,
    /// or of the one that `payment` names, by the processor's id or ours. Throws Problem:
    /// `.conflict` when the charge is not succeeded, was paid another way, nothing of it is left,
    /// or the bank may take it back too, in a dispute that is open or lost, unless
    /// `despiteDispute`; `.invalid` for an amount out of range or an unknown payment;
    /// `.notPermitted` on a held book; `.unavailable` when the book is a copy that has not read its
    /// processor yet, or the processor is not set up here, and then the refund waits. A repeat
    /// under an idempotency key throws AnsweredBefore, with what came of the refund.
    package static func run(
        _ id: ID<Charge>, amount text: String?, payment name: String? = nil,
        despiteDispute: Bool = false, through processors: Processors, in context: Context
    ) async throws -> Refund {
        try await context.refuseWhileHeld()
        try await refuseUnread(id, in: context)
        // 1. The refund, within what is left, under a number that it keeps.
        let begun: Begun
        do {
            begun = try await context.answer { change in
                try begin(id, amount: text, payment: name, despiteDispute, in: change)
            }
        } catch let repeated as AnsweredBefore {
            throw AnsweredBefore(shown: try await present(repeated.shown, in: context))
        }
        guard let processor = processors[begun.processor] else {
            throw Problem(
                .unavailable,
                "processor '\(begun.processor)' is not set up here; the refund waits, and "
                    + "'mainstay run reconcile' requests it once the processor is set up")
        }
        // 2. The call, then its answer.
        let answer = await processor.refund(begun.order)
        let refund = begun.refund
        return try await context.record { change in
            try change.refunds.apply(
                answer, number: refund.number, refund.amount, of: change.payment(of: refund))
            let known = try change.store.refunds(of: id).first { $0.id == refund.id } ?? refund
            try change.replaceAnswer(with: known.shown)
            return known
        }
    }

    /// A copy that was made the present book knows no refund that the other copy made, until it has
    /// read what its processor has.
    private static func refuseUnread(_ id: ID<Charge>, in context: Context) async throws {
        let isUnread = try await context.look { look in
            let names =
                try [look.store.charge(id)?.processor]
                + look.store.extraPayments(of: id).map(\.processor)
            return try look.store.knownProcessors().contains {
                names.contains($0.name) && $0.reconcileSince != nil
            }
        }
        guard isUnread else { return }
        throw Problem(
            .unavailable,
            "this copy of the book has not read yet what was paid and refunded without it: run "
                + "'mainstay run reconcile' first")
    }

    private static func begin(
        _ id: ID<Charge>, amount text: String?, payment name: String?, _ despiteDispute: Bool,
        in change: Change
    ) throws -> Begun {
        let charge = try change.existing(id)
        guard charge.state == .succeeded else {
            throw Problem(.conflict, "the charge is \(charge.state.rawValue), not succeeded")
        }
        let payment = try payment(of: charge, name, in: change)
        guard let processor = payment.processor, payment.remoteID != nil else {
            throw Problem(.conflict, "this payment arrived another way; return it the way it came")
        }
        let isDisputed = try change.store.disputes(of: id).contains {
            $0.state == .open && $0.extraPaymentID == payment.extra?.id
        }
        guard !isDisputed || despiteDispute else {
            throw Problem(
                .conflict, field: .despiteDispute,
                "is needed: a dispute of this charge is open, and its bank may take the money back "
                    + "as well")
        }
        let refund = try change.refunds.insert(
            amount(text, of: payment, in: change), of: payment,
            nextStepAt: change.now.adding(seconds: BillingRun.leaseSeconds))
        guard let order = RefundOrder(refund, of: payment, in: change.context) else {
            throw Problem(.conflict, "the processor's id of the payment is not known here")
        }
        return Begun(
            refund: refund, order: order, processor: processor, supporterID: charge.supporterID)
    }

    private static func payment(
        of charge: Charge, _ name: String?, in change: Change
    ) throws -> TakenPayment {
        guard let name, name != charge.remoteID else { return TakenPayment(charge) }
        let extra = try change.store.extraPayments(of: charge.id).first {
            $0.remoteID == name || $0.id.text == name
        }
        guard let extra else {
            throw Problem(
                .invalid, field: .payment,
                "is no payment of this charge; 'mainstay charge show \(charge.id)' lists them")
        }
        return TakenPayment(charge, extra: extra)
    }

    /// A refund whose row is written, and which must now be requested.
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

    /// Returns the stored answer. If it was stored before the outcome was known, because the first
    /// call was cut off or the processor answers later, returns the refund's present state.
    private static func present(_ kept: ShownJSON, in context: Context) async throws -> ShownJSON {
        guard case .string(let word)? = try kept.value["state"],
            Refund.State(rawValue: word)?.isOpen == true
        else { return kept }
        let id: ID<Refund> = try ID(parsing: kept.id)
        return try await context.look { try $0.store.refund(id)?.shown ?? kept }
    }

    private static func amount(
        _ text: String?, of payment: TakenPayment, in change: Change
    ) throws -> Money {
        let currency = payment.amount.currency
        let open = try change.store.refunds(of: payment.charge.id).filter {
            $0.state.isOpen && $0.extraPaymentID == payment.extra?.id
        }.reduce(0) { $0 + $1.amount.minorUnits }
        let left = Money(
            minorUnits: payment.amount.minorUnits - payment.refundedMinor - open,
            currency: currency)
        guard left.minorUnits > 0 else {
            throw Problem(
                .conflict,
                "the \(payment.extra == nil ? "charge" : "payment") has been refunded in full, or "
                    + "refunds for the rest are under way")
        }
        guard let text else { return left }
        let wanted: Money
        do throws(MoneyError) {
            wanted = try Money(parsing: text, currency)
        } catch {
            throw Problem(.invalid, field: .amount, error.description)
        }
        guard wanted.minorUnits > 0, wanted.minorUnits <= left.minorUnits else {
            throw Problem(.invalid, field: .amount, "must be more than zero and at most \(left)")
        }
        return wanted
    }
}
