package import Pledging
import Store

/// Ends a pause before its time. The next charge falls on the next anchor date; the pause itself is
/// never charged for.
package enum ResumePledge {
    /// Returns the pledge afterwards. Throws Problem `.conflict` when it is not paused, or the
    /// reader pays it by transfer.
    package static func run(_ id: ID<Pledge>, in context: Context) async throws -> Pledge {
        try await context.answer { change in
            let pledge = try change.existing(id)
            // Not before the charge that was due when the pause began: earlier periods are paid.
            let earliest = try change.today()
            let next = BillingCalendar.firstAnchorDate(
                onOrAfter: max(earliest, pledge.dueBeforePause ?? earliest),
                anchor: pledge.anchor, interval: pledge.interval)
            return try change.pledges.resume(pledge, chargeOn: next)
        }
    }
}
