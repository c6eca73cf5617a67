/// When a reader asked to be reminded of supporting the newsroom.
package enum ReminderChoice: Hashable, Sendable {
    /// The default: next month, or the month after it if today is late in its month.
    case nextMonth
    case week
    /// 1, 3 or 6 months from now.
    case months(Int)
    case on(CivilDate)
    /// A series: every 1, 3, 6 or 12 months.
    case every(months: Int)
}

/// The delays that the command line and HTTP offer, each with its word.
package enum ReminderDelay: String, CaseIterable, Sendable {
    case week, month
    case threeMonths = "3months"
    case sixMonths = "6months"

    package var choice: ReminderChoice {
        switch self {
        case .week: .week
        case .month: .months(1)
        case .threeMonths: .months(3)
        case .sixMonths: .months(6)
        }
    }
}

/// Computes when `support` reminders are due.
package enum ReminderCalendar {
    /// Returns the date of the reminder; for `every`, of the first one. `today` is the date in the
    /// reader's time zone.
    ///
    /// Throws when a date is not within the next 13 months, or when that number of months is not
    /// offered.
    package static func dueDate(
        for choice: ReminderChoice, askedOn today: CivilDate
    ) throws(ReminderDateError) -> CivilDate {
        switch choice {
        case .nextMonth:
            return today.adding(months: today.day < firstLateDay ? 1 : 2)
        case .week:
            return today.adding(days: 7)
        case .months(let months):
            guard monthsAhead.contains(months) else { throw .monthsNotOffered }
            return today.adding(months: months)
        case .on(let date):
            let last = today.adding(months: farthestMonths)
            guard date > today, date <= last else {
                throw .dateOutOfRange(first: today.adding(days: 1), last: last)
            }
            return date
        case .every(let months):
            guard monthsBetween.contains(months) else { throw .frequencyNotOffered }
            return today.adding(months: months)
        }
    }

    /// Returns the date of reminder `number` (from 1) of a series that begins on `first`. It keeps
    /// that day of the month, or takes the month's last day if the month is shorter. Returns nil
    /// after the end of the series, and for a number of months that is not offered.
    package static func date(
        ofOccurrence number: Int, firstOn first: CivilDate, everyMonths months: Int
    ) -> CivilDate? {
        guard monthsBetween.contains(months), number >= 1,
            number <= min(seriesMaximumMails, seriesMaximumMonths / months)
        else { return nil }
        return first.adding(months: (number - 1) * months)
    }

    /// Returns the moment at which the reminder of `date` is due.
    package static func instant(of date: CivilDate, in zone: TimeZoneRules) -> Instant {
        zone.instant(of: date, hour: hourOfDay)
    }

    /// The numbers that `.months` accepts.
    package static let monthsAhead = [1, 3, 6]
    /// The numbers that `.every` accepts.
    package static let monthsBetween = [1, 3, 6, 12]

    /// From this day of the month on, `nextMonth` means the month after next, because the next one
    /// would feel too soon.
    private static let firstLateDay = 20
    /// A year, and one month more to plan it.
    private static let farthestMonths = 13
    /// At 10 o'clock the reader is awake and can still act on the same day.
    private static let hourOfDay = 10
    /// A series ends after this many mails, or this many months, because consent does not last
    /// forever.
    private static let seriesMaximumMails = 12
    private static let seriesMaximumMonths = 24
}

/// Why no reminder can be set for a choice.
package enum ReminderDateError: Error, Equatable, CustomStringConvertible {
    case dateOutOfRange(first: CivilDate, last: CivilDate)
    case monthsNotOffered, frequencyNotOffered

    package var description: String {
        switch self {
        case .dateOutOfRange(let first, let last):
            "the reminder's date is out of range; choose a day from \(first) to \(last)"
        case .monthsNotOffered:
            "a reminder can be set 1, 3 or 6 months ahead; choose one of them"
        case .frequencyNotOffered:
            "a reminder can come every 1, 3, 6 or 12 months; choose one of them"
        }
    }
}
