package import Pledging
import Store

/// A pause ends before its time. The next charge falls on the next anchor date; the pause itself is
/// never charged for.
package enum ResumePledge {
    package static func run(_ id: ID<Pledge>, in context: Context) async throws -> Pledge {
        let now = context.now
        return try await context.book.write { transaction in
            let pledge = try transaction.existingPledge(id)
            // Never before the charge that was due when the pause began: what came before is paid.
            let earliest = try transaction.today(at: now)
            let next = BillingCalendar.firstAnchorDate(
                onOrAfter: max(earliest, pledge.dueBeforePause ?? earliest),
                anchor: pledge.anchor, interval: pledge.interval)
            return try transaction.resume(pledge, chargeOn: next, in: context, at: now)
        }
    }
}

extension Transaction {
    /// Resumes with the next charge on that date.
    func resume(
        _ pledge: Pledge, chargeOn next: CivilDate?, in context: Context, at now: Instant
    ) throws -> Pledge {
        let method = try pledge.paymentMethodID.flatMap { try paymentMethod($0) }
        guard method?.kind.isPush != true else {
            throw Problem(
                .conflict, "the reader sends this money; the pledge rests until it can be matched")
        }
        let cause = PledgeCause.resumeDue(methodIsUsable: method?.state.isUsable ?? false)
        let moved = try move(pledge, by: cause, in: context, at: now) {
            $0.nextChargeOn = next
        }
        return moved ?? pledge
    }
}
