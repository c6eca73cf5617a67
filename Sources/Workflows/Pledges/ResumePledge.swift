package import Pledging
import Store

/// A pause ends before its time. The next charge falls on the next anchor date; the pause itself is
/// never charged for.
package enum ResumePledge {
    package static func run(_ id: ID<Pledge>, in context: Context) async throws -> Pledge {
        try await context.answer { change in
            let pledge = try change.existing(id)
            // Never before the charge that was due when the pause began: what came before is paid.
            let earliest = try change.today()
            let next = BillingCalendar.firstAnchorDate(
                onOrAfter: max(earliest, pledge.dueBeforePause ?? earliest),
                anchor: pledge.anchor, interval: pledge.interval)
            return try change.pledges.resume(pledge, chargeOn: next)
        }
    }
}
