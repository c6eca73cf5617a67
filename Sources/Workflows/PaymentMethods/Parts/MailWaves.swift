import Pledging

/// When each of many like mails leaves: at most so many on one of the newsroom's days, the first
/// ones at once, those of later days in the morning. A day has room for what earlier runs left.
struct MailWaves: Sendable {
    private let perDay: Int
    private let zone: TimeZoneRules
    private let now: Instant
    private var planned: [CivilDate: Int]
    private var day: CivilDate
    /// Mails that were given a time here.
    private(set) var count = 0
    /// The day on which the last of them leaves.
    private(set) var lastOn: CivilDate?

    /// `planned` is how many mails earlier runs let leave at which moments, from today on.
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

    /// The next place, which is free until it is taken.
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
