import Pledging

/// Spreads many mails over days: at most `perDay` on one of the newsroom's days, the first ones at
/// once, those of later days in the morning. Mails that earlier runs planned count.
struct MailWaves: Sendable {
    private let perDay: Int
    private let zone: TimeZoneRules
    private let now: Instant
    private var planned: [CivilDate: Int]
    private var day: CivilDate
    /// Mails that were given a time by this value.
    private(set) var count = 0
    /// The day on which the last of them is sent.
    private(set) var lastOn: CivilDate?

    /// `planned` says when mails of earlier runs are sent, from today on, and how many.
    init(
        perDay: Int, planned: [(at: Instant, count: Int)], zone: TimeZoneRules, at now: Instant
    ) {
        self.perDay = max(1, perDay)
        self.zone = zone
        self.now = now
        day = zone.date(at: now)
        self.planned = Dictionary(
            planned.map { (zone.date(at: $0.at), $0.count) }, uniquingKeysWith: +)
    }

    /// Returns the next free place. It stays free until `take` is called.
    mutating func next() -> (on: CivilDate, at: Instant) {
        while planned[day, default: 0] >= perDay { day = day.adding(days: 1) }
        let isToday = day == zone.date(at: now)
        return (day, isToday ? now : ReminderCalendar.instant(of: day, in: zone))
    }

    mutating func take() {
        planned[day, default: 0] += 1
        count += 1
        lastOn = day
    }
}
