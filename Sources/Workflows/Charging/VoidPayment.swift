package import Pledging
import Store

/// Takes back a payment that a person recorded by mistake: the pledge no longer counts it, and its
/// period is collected after all, unless that is too late.
package enum VoidPayment {
    /// Returns the charge afterwards: held until it is collected, or cancelled. Throws Problem:
    /// `.conflict` when it is not paid, or the money came through a processor or went back;
    /// `.invalid` for a note that breaks a rule; `.notFound` for an unknown charge.
    package static func run(
        _ id: ID<Charge>, note: String, in context: Context
    ) async throws -> Charge {
        let note = try InputRules.note(note)
        return try await context.answer { change in
            let charge = try change.existing(id)
            // 1. Only what a person recorded is taken back; a processor's money is refunded.
            if let processor = charge.processor {
                throw Problem(
                    .conflict,
                    "charge \(id) was paid through \(processor), not recorded by hand; "
                        + "'mainstay charge refund' returns the money")
            }
            guard charge.refundedMinor == 0 else {
                throw Problem(.conflict, "a part of charge \(id) went back already")
            }
            // 2. The charge. Its period waits for its day, or is given up.
            let pledge = try change.existing(charge.pledgeID)
            let isCollected = try isCollected(charge, of: pledge, in: change)
            let zone = try change.zone()
            let voided = try change.charges.write(
                charge, by: isCollected ? .voided : .voidedForGood
            ) {
                $0.reason = HoldReason.voided.rawValue
                $0.note = note
                $0.paidAt = nil
                let due = zone.instant(of: charge.dueOn, hour: 0)
                $0.nextStepAt = isCollected ? max(due, change.now) : nil
            }
            guard let voided else { return charge }
            // 3. What the pledge counts.
            let days = try change.store.charges(
                state: .succeeded, pledge: pledge.id, after: "", limit: Int(Int32.max)
            ).compactMap(\.paidAt).map { zone.date(at: $0) }
            try change.store.uncountPayment(
                of: pledge.id, charge.amount, lastChargedOn: days.max(),
                needsNotice: try change.needsNotice(pledge, by: change.method(of: pledge)?.kind),
                at: change.now)
            return voided.charge
        }
    }

    /// A pledge has one open charge at most, and an old period is not collected in a lump.
    private static func isCollected(
        _ charge: Charge, of pledge: Pledge, in change: Change
    ) throws -> Bool {
        try pledge.state.mayBeCharged && change.store.openCharge(of: pledge.id) == nil
            && change.today() <= charge.dueOn.adding(days: DueCharge.catchUpDays)
    }
}
