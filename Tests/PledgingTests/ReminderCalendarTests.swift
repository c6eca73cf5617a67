import Pledging
import Testing

struct ReminderCalendarTests {
    @Test(arguments: [
        ("2026-11-01", ReminderChoice.nextMonth, "2026-12-01"),
        ("2026-11-19", .nextMonth, "2026-12-19"), ("2026-11-20", .nextMonth, "2027-01-20"),
        ("2026-11-30", .nextMonth, "2027-01-30"), ("2026-12-31", .nextMonth, "2027-02-28"),
        ("2026-12-25", .week, "2027-01-01"), ("2028-02-25", .week, "2028-03-03"),
        ("2026-01-31", .months(1), "2026-02-28"), ("2026-11-30", .months(3), "2027-02-28"),
        ("2026-08-31", .months(6), "2027-02-28"), ("2026-11-22", .months(6), "2027-05-22"),
        ("2026-07-31", .every(months: 1), "2026-08-31"),
        ("2026-11-30", .every(months: 3), "2027-02-28"),
        ("2026-11-22", .every(months: 6), "2027-05-22"),
        ("2028-02-29", .every(months: 12), "2029-02-28"),
        ("2026-11-22", .on(day("2026-11-23")), "2026-11-23"),
        ("2026-11-22", .on(day("2027-12-22")), "2027-12-22"),
        ("2027-01-31", .on(day("2028-02-29")), "2028-02-29"),
    ])
    func `each choice has its date`(today: String, choice: ReminderChoice, due: String) throws {
        let date = try ReminderCalendar.dueDate(for: choice, askedOn: #require(CivilDate(today)))
        #expect(date.description == due)
    }

    @Test(arguments: [
        ("2026-11-22", "2026-11-22"), ("2026-11-22", "2026-11-21"), ("2026-11-22", "2027-12-23"),
        ("2026-11-22", "9999-12-31"), ("2026-11-22", "0001-01-01"),
    ])
    func `a date that is past or too far is refused`(today: String, date: String) throws {
        let today = try #require(CivilDate(today))
        let error = #expect(throws: ReminderDateError.self) {
            try ReminderCalendar.dueDate(for: .on(day(date)), askedOn: today)
        }
        #expect(
            error?.description
                == "the reminder's date is out of range; "
                + "choose a day from 2026-11-23 to 2027-12-22")
    }

    @Test(arguments: [-1, 0, 2, 4, 5, 12, 13, Int.max])
    func `a number of months that is not offered is refused`(months: Int) throws {
        let today = try #require(CivilDate("2026-11-22"))
        #expect(throws: ReminderDateError.monthsNotOffered) {
            try ReminderCalendar.dueDate(for: .months(months), askedOn: today)
        }
        guard months != 12 else { return }
        #expect(throws: ReminderDateError.frequencyNotOffered) {
            try ReminderCalendar.dueDate(for: .every(months: months), askedOn: today)
        }
        #expect(
            ReminderCalendar.date(ofOccurrence: 1, firstOn: today, everyMonths: months) == nil)
    }

    @Test(arguments: [
        ("2026-07-31", 1, ["2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31"]),
        ("2026-12-31", 1, ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]),
        ("2026-11-30", 3, ["2026-11-30", "2027-02-28", "2027-05-30"]),
        ("2026-08-31", 6, ["2026-08-31", "2027-02-28", "2027-08-31"]),
        ("2028-02-29", 12, ["2028-02-29", "2029-02-28"]),
    ])
    func `a series keeps the day it began on`(first: String, months: Int, dates: [String]) throws {
        let first = try #require(CivilDate(first))
        let found = (1...dates.count).compactMap {
            ReminderCalendar.date(ofOccurrence: $0, firstOn: first, everyMonths: months)
        }
        #expect(found.map(\.description) == dates)
    }

    @Test(arguments: [(1, 12), (3, 8), (6, 4), (12, 2)])
    func `a series ends after 12 mails or 24 months`(months: Int, mails: Int) throws {
        let first = try #require(CivilDate("2026-11-22"))
        let occurrences = (-1...30).filter {
            ReminderCalendar.date(ofOccurrence: $0, firstOn: first, everyMonths: months) != nil
        }
        #expect(occurrences == Array(1...mails))
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-07-01", "2026-07-01T08:00:00.000Z"),
        ("Europe/Berlin", "2026-12-01", "2026-12-01T09:00:00.000Z"),
        ("America/New_York", "2026-12-01", "2026-12-01T15:00:00.000Z"),
        ("UTC", "2026-12-01", "2026-12-01T10:00:00.000Z"),
    ])
    func `a reminder goes out at ten in the reader's zone`(
        zone: String, date: String, moment: String
    ) throws {
        let rules = try #require(TimeZoneRules(identifier: zone))
        let date = try #require(CivilDate(date))
        #expect(ReminderCalendar.instant(of: date, in: rules).rfc3339 == moment)
    }

    @Test(arguments: [ReminderDateError.monthsNotOffered, .frequencyNotOffered])
    func `a refusal says what is offered`(error: ReminderDateError) {
        #expect(error.description.contains("1, 3"))
        #expect(error.description.contains("choose one"))
    }
}

/// For tables, where a text cannot be unwrapped. A mistyped date shows as a wrong one.
private func day(_ text: String) -> CivilDate {
    CivilDate(text) ?? CivilDate(daysSinceEpoch: 0)
}
