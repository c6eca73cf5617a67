import Payments
import Pledging
import Store

/// One billing run: its moment, its day, and who can be asked.
package struct BillingRun: Sendable {
    let processors: Processors
    let bookID: String
    /// The whole run goes by one moment, which the processors' clocks agreed to.
    let now: Instant
    let today: CivilDate
    let zone: TimeZoneRules
    let ceilings: Settings.Billing

    init(
        _ processors: Processors, at now: Instant, zone: TimeZoneRules, in context: Context
    ) {
        self.processors = processors
        bookID = context.book.keys.bookID.text
        self.now = now
        self.zone = zone
        today = zone.date(at: now)
        ceilings = context.settings.billing
    }

    /// The same at the end of another day.
    func on(_ day: CivilDate) -> BillingRun {
        day == today ? self : BillingRun(self, at: zone.instant(of: day, hour: 23))
    }

    private init(_ other: BillingRun, at now: Instant) {
        processors = other.processors
        bookID = other.bookID
        zone = other.zone
        ceilings = other.ceilings
        self.now = now
        today = zone.date(at: now)
    }

    /// Notices that were accepted by then are old enough.
    var noticeBy: Instant { now.adding(days: -Int64(DueCharge.noticeDays)) }

    var callsInFlight: Int { max(1, processors.all.map(\.callsInFlight).max() ?? 1) }

    /// Longer than a batch takes when each of its calls runs into its time limit.
    static let leaseSeconds: Int64 = 600
}
