/// A day of the Gregorian calendar, without a time or a zone. Written `YYYY-MM-DD`.
///
/// The conversions to and from day numbers follow Howard Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms", `days_from_civil` and `civil_from_days`.
package struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    /// Returns nil unless the day exists, in the years 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...CivilDate.daysIn(month: month, of: year)).contains(day)
        else { return nil }
        self.init(unchecked: year, month, day)
    }

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that is `daysSinceEpoch` days after 1970-01-01 (negative: before).
    package init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            unchecked: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Reads exactly `YYYY-MM-DD`. Returns nil for anything else, and for a day that does not
    /// exist.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D,
            let year = CivilDate.number(bytes[0..<4]), let month = CivilDate.number(bytes[5..<7]),
            let day = CivilDate.number(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }

    package var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    package static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    package func adding(days: Int) -> CivilDate {
        CivilDate(daysSinceEpoch: daysSinceEpoch + days)
    }

    /// Returns the date `months` later, on `wanted` (by default this date's own day), or on the
    /// month's last day if the month is shorter.
    package func adding(months: Int, onDay wanted: Int? = nil) -> CivilDate {
        let index = year * 12 + month - 1 + months
        let newYear = index.floorDivided(by: 12)
        let newMonth = index - newYear * 12 + 1
        let last = CivilDate.daysIn(month: newMonth, of: newYear)
        return CivilDate(unchecked: newYear, newMonth, min(wanted ?? day, last))
    }

    package var yearMonth: YearMonth { YearMonth(unchecked: year, month) }

    package static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 10) { buffer in
            write(to: buffer)
            return 10
        }
    }

    /// Writes the ten characters of the date.
    func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        Pledging.write(year, digits: 4, to: buffer, at: 0)
        buffer[4] = UInt8(ascii: "-")
        Pledging.write(month, digits: 2, to: buffer, at: 5)
        buffer[7] = UInt8(ascii: "-")
        Pledging.write(day, digits: 2, to: buffer, at: 8)
    }
}

/// A month of a year, as on a card's expiry. Written `YYYY-MM`.
package struct YearMonth: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let year: Int
    package let month: Int

    fileprivate init(unchecked year: Int, _ month: Int) {
        self.year = year
        self.month = month
    }

    /// Reads exactly `YYYY-MM`. Returns nil for anything else, and for a month that does not exist.
    package init?(_ text: String) {
        guard text.utf8.count == 7, let first = CivilDate(text + "-01") else { return nil }
        self = first.yearMonth
    }

    package var lastDay: CivilDate { firstDay.adding(months: 1).adding(days: -1) }
    package var firstDay: CivilDate {
        CivilDate(daysSinceEpoch: 0).adding(months: (year - 1970) * 12 + month - 1)
    }

    package static func < (left: YearMonth, right: YearMonth) -> Bool {
        (left.year, left.month) < (right.year, right.month)
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 7) { buffer in
            Pledging.write(year, digits: 4, to: buffer, at: 0)
            buffer[4] = UInt8(ascii: "-")
            Pledging.write(month, digits: 2, to: buffer, at: 5)
            return 7
        }
    }
}
