package import Pledging
import Store

/// A pledge rests until a date; no charge falls due meanwhile, and none is made up for.
package enum PausePledge {
    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = [.until]

    package static func run(
        _ id: ID<Pledge>, until: CivilDate, in context: Context
    ) async throws -> Pledge {
        try await context.answer { change in
            let pledge = try change.existing(id)
            let today = try change.today()
            let latest = today.adding(months: PledgeCause.pauseMaximumMonths)
            guard until > today, until <= latest else {
                throw Problem(.invalid, field: .until, "must be after today, at most \(latest)")
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
