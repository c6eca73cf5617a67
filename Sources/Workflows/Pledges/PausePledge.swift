package import Pledging
import Store

/// Pauses a pledge until a date. No charge falls due meanwhile, and none is made up for later.
package enum PausePledge {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [.until]

    /// Returns the pledge afterwards. Throws Problem: `.invalid` when `until` is not after today or
    /// too far ahead, `.conflict` when the pledge has not begun, is paused already or is over.
    package static func run(
        _ id: ID<Pledge>, until: CivilDate, in context: Context
    ) async throws -> Pledge {
        try await context.answer { change in
            let pledge = try change.existing(id)
            let today = try change.today()
            let latest = today.adding(months: PledgeCause.pauseMaximumMonths)
            guard until > today, until <= latest else {
                throw Problem(
                    .invalid, field: .until, "must be after today and no later than \(latest)")
            }
            let moved = try change.pledges.move(pledge, by: .pauseAsked) {
                $0.pausedUntil = until
                $0.dueBeforePause = pledge.nextChargeOn
                $0.nextChargeOn = BillingCalendar.firstAnchorDate(
                    onOrAfter: max(until, pledge.nextChargeOn ?? until), anchor: pledge.anchor,
                    interval: pledge.interval)
            }
            return moved ?? pledge
        }
    }
}
