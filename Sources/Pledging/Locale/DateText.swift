/// The name of a month.
struct MonthName: PlainKey {
    /// 1 to 12.
    let number: Int
    /// Whether the name follows a day's number. Some languages then use another form or spelling of
    /// it: `5 декабря`, `декабрь`.
    let isAfterDay: Bool

    var name: String { isAfterDay ? "month_after_day.\(number)" : "month.\(number)" }

    static let allCases = [false, true].flatMap { isAfterDay in
        (1...12).map { MonthName(number: $0, isAfterDay: isAfterDay) }
    }
}

/// How a day is written.
enum DayForm: String, FilledKey {
    case full = "date.day"

    enum Placeholder: String, CaseIterable { case day, month, year }
}

/// How a month of a year is written.
enum MonthForm: String, FilledKey {
    case full = "date.month"

    enum Placeholder: String, CaseIterable { case month, year }
}

extension Language {
    /// A day in full: `5 December 2026`, `5 декабря 2026 г.`
    package func text(_ date: CivilDate) -> String {
        catalogue.text(DayForm.full) { placeholder in
            switch placeholder {
            case .day: String(date.day)
            case .month: text(MonthName(number: date.month, isAfterDay: true))
            case .year: String(date.year)
            }
        }
    }

    /// A month standing alone: `December 2026`, `декабрь 2026 г.`
    package func text(_ month: YearMonth) -> String {
        catalogue.text(MonthForm.full) { placeholder in
            switch placeholder {
            case .month: text(MonthName(number: month.month, isAfterDay: false))
            case .year: String(month.year)
            }
        }
    }
}
