/// When a reader asked to be reminded of supporting the newsroom.
package enum ReminderChoice: Hashable, Sendable {
    /// What is meant when nothing is chosen: next month, or the one after if it is late in this.
    case nextMonth
    case week
    /// 1, 3 or 6 months from now.
    case months(Int)
    case on(CivilDate)
    /// Again and again, every 1, 3, 6 or 12 months.
    case every(months: Int)
}

/// The delays that every door offers, by the word for each.
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

/// When `support` reminders fall due.
package enum ReminderCalendar {
    /// The date of the reminder, for `every` of the first one. `today` is the reader's own date.
    ///
    /// Throws when a date is not one of the next 13 months, or a number of months is not offered.
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

    /// The date of reminder `number` (from 1) of a series that began on `first`, whose day every
    /// later one keeps as far as its month allows. Nil when the series is over, or never was.
    package static func date(
        ofOccurrence number: Int, firstOn first: CivilDate, everyMonths months: Int
    ) -> CivilDate? {
        guard monthsBetween.contains(months), number >= 1,
            number <= min(seriesMaximumMails, seriesMaximumMonths / months)
        else { return nil }
        return first.adding(months: (number - 1) * months)
    }

    /// When the reminder of `date` goes out.
    package static func instant(of date: CivilDate, in zone: TimeZoneRules) -> Instant {
        zone.instant(of: date, hour: hourOfDay)
    }

    /// Of `.months`.
    package static let monthsAhead = [1, 3, 6]
    /// Of `.every`.
    package static let monthsBetween = [1, 3, 6, 12]

    /// From this day of the month on, "next month" would be felt as too soon.
    private static let firstLateDay = 20
    /// A year, and a month to plan it in.
    private static let farthestMonths = 13
    /// Late enough to be awake, early enough to act on the same day.
    private static let hourOfDay = 10
    /// Consent wears out: a series ends after so many mails, or after covering so many months.
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
