extension Language {
    /// A day in full: `5 December 2026`, `5 декабря 2026 г.`
    package func text(_ date: CivilDate) -> String {
        switch self {
        case .english: "\(date.day) \(Language.englishMonths[date.month - 1]) \(date.year)"
        case .russian:
            "\(date.day) \(Language.russianMonthsGenitive[date.month - 1]) \(date.year) г."
        }
    }

    /// A month standing alone: `December 2026`, `декабрь 2026 г.`
    package func text(_ month: YearMonth) -> String {
        switch self {
        case .english: "\(Language.englishMonths[month.month - 1]) \(month.year)"
        case .russian: "\(Language.russianMonths[month.month - 1]) \(month.year) г."
        }
    }

    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    private static let russianMonths = [
        "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь",
        "октябрь", "ноябрь", "декабрь",
    ]

    /// After a day's number the month stands in the genitive.
    private static let russianMonthsGenitive = [
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
        "октября", "ноября", "декабря",
    ]
}
