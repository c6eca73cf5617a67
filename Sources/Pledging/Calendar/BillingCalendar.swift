import Foundation

/// The day of a pledge's charges, kept for as long as the pledge lives: the month matters to yearly
/// pledges only. Where a month is too short, its last day stands in for the anchor day.
package struct Anchor: Hashable, Sendable {
    /// 1 to 31.
    package let day: Int
    /// 1 to 12.
    package let month: Int

    package init(_ date: CivilDate) {
        day = date.day
        month = date.month
    }

    /// As stored. Nil unless it is a day that some year has.
    package init?(day: Int, month: Int) {
        // 2000 is a leap year: 29 February is an anchor.
        guard let date = CivilDate(year: 2000, month: month, day: day) else { return nil }
        self.init(date)
    }
}

/// When charges fall due. A date comes from the anchor and the date that the charge before it
/// should have had, never from the day on which that charge ran.
package enum BillingCalendar {
    /// The first anchor date later than `date`. Nil for a one-off, and after the year 9999.
    package static func next(
        after date: CivilDate, anchor: Anchor, interval: Interval
    ) -> CivilDate? {
        firstAnchorDate(onOrAfter: date.adding(days: 1), anchor: anchor, interval: interval)
    }

    /// The first anchor date that is not before `date`. Nil for a one-off, and after the year 9999.
    package static func firstAnchorDate(
        onOrAfter date: CivilDate, anchor: Anchor, interval: Interval
    ) -> CivilDate? {
        let thisPeriod: CivilDate?
        let following: CivilDate?
        switch interval {
        case .once: return nil
        case .month:
            let following1st = date.yearMonth.firstDay.adding(months: 1)
            thisPeriod = clamped(date.year, date.month, anchor.day)
            following = clamped(following1st.year, following1st.month, anchor.day)
        case .year:
            thisPeriod = clamped(date.year, anchor.month, anchor.day)
            following = clamped(date.year + 1, anchor.month, anchor.day)
        }
        guard let thisPeriod, thisPeriod >= date else { return following }
        return thisPeriod
    }

    /// Whether `date` is an anchor date. Never for a one-off, which has none.
    package static func fits(_ date: CivilDate, anchor: Anchor, interval: Interval) -> Bool {
        firstAnchorDate(onOrAfter: date, anchor: anchor, interval: interval) == date
    }

    private static func clamped(_ year: Int, _ month: Int, _ day: Int) -> CivilDate? {
        CivilDate(
            year: year, month: month, day: min(day, CivilDate.daysIn(month: month, of: year)))
    }
}

/// The rules of one IANA time zone, as the ICU data inside Foundation has them. Making one costs
/// well under a microsecond (Foundation keeps its zones), so callers need no cache.
package struct TimeZoneRules: Hashable, Sendable {
    /// The name as it was given; an alias stays the alias.
    package let identifier: String
    private let zone: TimeZone

    /// Nil unless it is `UTC` or an `Area/Location` name of the IANA database, aliases included.
    ///
    /// Foundation accepts more: abbreviations (`EST`, `BST`, which mean other zones to other
    /// people), fixed offsets (`GMT+3`), ICU's own `SystemV/…`, and whatever follows a NUL. Those
    /// are refused.
    package init?(identifier: String) {
        let isRegion =
            identifier.utf8.contains(UInt8(ascii: "/")) && !identifier.hasPrefix("SystemV/")
        guard isRegion || identifier == "UTC", !identifier.utf8.contains(0),
            let zone = TimeZone(identifier: identifier)
        else { return nil }
        self.identifier = identifier
        self.zone = zone
    }

    /// When it is `hour` (0 to 23) o'clock on `date`. A time that a clock change skips moves
    /// forward by as much as the clock does; of a time that comes twice, the first is meant (both
    /// as the disambiguation `compatible` of ECMAScript Temporal).
    package func instant(of date: CivilDate, hour: Int) -> Instant {
        let local = Int64(date.daysSinceEpoch) * secondsPerDay + Int64(hour) * 3_600
        // No offset exceeds a day, so these two hold before and after any change near that time.
        let before = offsetSeconds(atUnixSeconds: local - secondsPerDay)
        let after = offsetSeconds(atUnixSeconds: local + secondsPerDay)
        // Where both are right the clock went back, so that the first of them is the earlier one.
        let candidates = [local - before, local - after]
        let first = candidates.first { $0 + offsetSeconds(atUnixSeconds: $0) == local }
        return Instant(milliseconds: (first ?? local - before) * 1_000)
    }

    /// The date in this zone at that moment.
    package func date(at moment: Instant) -> CivilDate {
        let seconds = moment.milliseconds.floorDivided(by: 1_000)
        let local = seconds + offsetSeconds(atUnixSeconds: seconds)
        return CivilDate(daysSinceEpoch: Int(local.floorDivided(by: secondsPerDay)))
    }

    private func offsetSeconds(atUnixSeconds seconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }
}

private let secondsPerDay: Int64 = 86_400
