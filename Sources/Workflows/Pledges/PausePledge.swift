package import Pledging
import Store

/// A pledge rests until a date; no charge falls due meanwhile, and none is made up for.
package enum PausePledge {
    package static func run(
        _ id: ID<Pledge>, until: CivilDate, in context: Context
    ) async throws -> Pledge {
        let now = context.now
        return try await context.book.write { transaction in
            let pledge = try transaction.existingPledge(id)
            let today = try transaction.today(at: now)
            let latest = today.adding(months: PledgeCause.pauseMaximumMonths)
            guard until > today, until <= latest else {
                throw Problem(.invalid, field: "until", "must be after today, at most \(latest)")
            }
            let moved = try transaction.move(pledge, by: .pauseAsked, in: context, at: now) {
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
