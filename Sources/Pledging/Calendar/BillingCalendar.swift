import Foundation

/// The day of the month and, for a yearly pledge, the month of its charges. It stays the same as
/// long as the pledge lives. In a month without that day, the charge falls on the month's last day.
package struct Anchor: Hashable, Sendable {
    /// 1 to 31.
    package let day: Int
    /// 1 to 12.
    package let month: Int

    package init(_ date: CivilDate) {
        day = date.day
        month = date.month
    }

    /// Makes an anchor from its stored form. Returns nil unless some year has that day.
    package init?(day: Int, month: Int) {
        // 2000 is a leap year, so 29 February is accepted.
        guard let date = CivilDate(year: 2000, month: month, day: day) else { return nil }
        self.init(date)
    }
}

/// Computes when charges are due. A date follows from the anchor and the due date of the charge
/// before, never from the day on which that charge ran.
package enum BillingCalendar {
    /// Returns the first anchor date after `date`. Nil for a one-off, and after the year 9999.
    package static func next(
        after date: CivilDate, anchor: Anchor, interval: Interval
    ) -> CivilDate? {
        firstAnchorDate(onOrAfter: date.adding(days: 1), anchor: anchor, interval: interval)
    }

    /// Returns the first anchor date on or after `date`. Nil for a one-off, and after the year
    /// 9999.
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

    /// Returns whether `date` is an anchor date; false for a one-off, which has none.
    package static func fits(_ date: CivilDate, anchor: Anchor, interval: Interval) -> Bool {
        firstAnchorDate(onOrAfter: date, anchor: anchor, interval: interval) == date
    }

    private static func clamped(_ year: Int, _ month: Int, _ day: Int) -> CivilDate? {
        CivilDate(
            year: year, month: month, day: min(day, CivilDate.daysIn(month: month, of: year)))
    }
}

/// The rules of one IANA time zone, from the ICU data inside Foundation. Making one costs well
/// under a microsecond (Foundation keeps its zones), so callers need no cache.
package struct TimeZoneRules: Hashable, Sendable {
    /// The name as given; an alias is not resolved.
    package let identifier: String
    private let zone: TimeZone

    /// Returns nil unless `identifier` is `UTC` or an `Area/Location` name of the IANA database,
    /// aliases included.
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

    /// Returns the moment when it is `hour` (0 to 23) o'clock on `date`. A time that a clock change
    /// skips is moved forward by the length of the change; of a time that occurs twice, the first
    /// is taken (both as the disambiguation `compatible` of ECMAScript Temporal).
    package func instant(of date: CivilDate, hour: Int) -> Instant {
        let local = Int64(date.daysSinceEpoch) * secondsPerDay + Int64(hour) * 3_600
        // No offset exceeds a day, so these are the offsets before and after a clock change near
        // that time.
        let before = offsetSeconds(atUnixSeconds: local - secondsPerDay)
        let after = offsetSeconds(atUnixSeconds: local + secondsPerDay)
        // If both candidates match, the clock went back, and the first one is the earlier moment.
        let candidates = [local - before, local - after]
        let first = candidates.first { $0 + offsetSeconds(atUnixSeconds: $0) == local }
        return Instant(milliseconds: (first ?? local - before) * 1_000)
    }

    /// Returns the date in this zone at that moment.
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
