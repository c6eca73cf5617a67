package import Pledging
import Store

/// Takes back a payment that a person recorded by mistake. The pledge no longer counts it, and its
/// due date is the next one again, so that it is collected like any other.
package enum VoidPayment {
    package struct Answer: Sendable {
        package let charge: Charge
        /// The day on which the pledge's next charge is due; nil if nothing is collected for it.
        package let dueOn: CivilDate?
    }

    /// Throws Problem: `.conflict` when the charge is not paid, the money came through a processor
    /// or went back, or a later payment was recorded too; `.invalid` for a note that breaks a rule;
    /// `.notFound` for an unknown charge.
    package static func run(
        _ id: ID<Charge>, note: String, in context: Context
    ) async throws -> Answer {
        let note = try InputRules.note(note)
        return try await context.change { change in
            // 1. Only what a person recorded is taken back, the last payment first.
            let charge = try change.existing(id)
            let all = try change.store.charges(
                state: nil, pledge: charge.pledgeID, after: "", limit: Int(Int32.max))
            let later = all.filter {
                $0.firstPeriod > charge.firstPeriod && $0.reason != VoidPayment.reason
            }
            try refuse(charge, before: later)
            // 2. The charge, and what the pledge counts.
            let voided = try change.charges.write(charge, by: .voided) {
                $0.reason = VoidPayment.reason
                $0.note = note
                $0.paidAt = nil
            }
            let pledge = try uncount(charge, all, in: change)
            // 3. Its due date. If a later period has a charge, it is too late for this one.
            let moved = later.isEmpty ? try giveBack(charge, to: pledge, in: change) : nil
            return Answer(charge: voided?.charge ?? charge, dueOn: moved)
        }
    }

    private static func refuse(_ charge: Charge, before later: [Charge]) throws {
        if let processor = charge.processor {
            throw Problem(
                .conflict,
                "charge \(charge.id) went through \(processor) and was not recorded by hand; "
                    + "'mainstay charge refund' returns the money")
        }
        guard charge.refundedMinor == 0 else {
            throw Problem(.conflict, "a part of charge \(charge.id) went back already")
        }
        if let other = later.last(where: { $0.state == .succeeded && $0.processor == nil }) {
            throw Problem(
                .conflict,
                "a payment for a later period was recorded too; take back charge \(other.id) first")
        }
    }

    private static func uncount(
        _ charge: Charge, _ all: [Charge], in change: Change
    ) throws -> Pledge {
        let zone = try change.zone()
        let days = all.filter { $0.id != charge.id && $0.state == .succeeded }
            .compactMap(\.paidAt).map { zone.date(at: $0) }
        let pledge = try change.existing(charge.pledgeID)
        try change.store.uncountPayment(
            of: pledge.id, charge.amount, lastChargedOn: days.max(),
            needsNotice: try change.needsNotice(pledge, by: change.method(of: pledge)?.kind),
            at: change.now)
        return try change.existing(charge.pledgeID)
    }

    /// Makes the charge's due date the pledge's next one. The period keeps its number: the next
    /// charge has another. Returns the date; nil if the pledge is over.
    private static func giveBack(
        _ charge: Charge, to pledge: Pledge, in change: Change
    ) throws -> CivilDate? {
        var changed = pledge
        switch pledge.state {
        case .pending, .active, .pastDue: changed.nextChargeOn = charge.dueOn
        // What was due when the pause began was not paid after all; the pause stays.
        case .paused: changed.dueBeforePause = charge.dueOn
        case .completed, .cancelled, .lapsed, .abandoned: return nil
        }
        changed.version += 1
        try change.pledges.write(changed, .pledgeChanged, from: pledge.state)
        return changed.nextChargeOn
    }

    static let reason = "voided"
}
