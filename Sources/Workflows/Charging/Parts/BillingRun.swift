import Payments
import Pledging
import Store

/// One billing run: its moment, its day and its processors.
package struct BillingRun: Sendable {
    /// Those through which may be charged now.
    let processors: Processors
    /// The names of all that are set up in this process.
    let setUp: Set<String>
    let bookID: String
    /// The moment of the whole run. The processors' clocks were compared with ours before it.
    let now: Instant
    let today: CivilDate
    let zone: TimeZoneRules
    let ceilings: Settings.Billing
    let faults = RunFaults()

    init(
        _ processors: Processors, of all: Processors, at now: Instant, zone: TimeZoneRules,
        in context: Context
    ) {
        self.processors = processors
        setUp = Set(all.all.map(\.name))
        bookID = context.book.keys.bookID.text
        self.now = now
        self.zone = zone
        today = zone.date(at: now)
        ceilings = context.settings.billing
    }

    /// Returns the same run at 23:00 of another day.
    func on(_ day: CivilDate) -> BillingRun {
        day == today ? self : BillingRun(self, at: zone.instant(of: day, hour: 23))
    }

    private init(_ other: BillingRun, at now: Instant) {
        processors = other.processors
        setUp = other.setUp
        bookID = other.bookID
        zone = other.zone
        ceilings = other.ceilings
        self.now = now
        today = zone.date(at: now)
    }

    var callsInFlight: Int { max(1, processors.all.map(\.callsInFlight).max() ?? 1) }

    /// Seconds of a lease: longer than a batch takes if each of its calls times out.
    static let leaseSeconds: Int64 = 600
}
