/// Counted spans of time.
enum CountText: String, CountedKey {
    case days
    case months
    /// After "in": `in 10 days`.
    case inDays = "in_days"
    case inMonths = "in_months"
    /// The text after "every", from two months on.
    case everyMonths = "every_months"
}

/// The text after "every", without a number.
enum PeriodText: String, PlainKey {
    case month = "every_month"
}

extension Language {
    /// `3 months`, `3 месяца`.
    package func months(_ count: Int) -> String { catalogue.text(CountText.months, count: count) }

    /// `10 days`, `10 дней`.
    package func days(_ count: Int) -> String { catalogue.text(CountText.days, count: count) }

    /// `in 3 months`, `через 3 месяца`.
    package func inMonths(_ count: Int) -> String {
        catalogue.text(CountText.inMonths, count: count)
    }

    /// `in 10 days`, `через 10 дней`.
    package func inDays(_ count: Int) -> String { catalogue.text(CountText.inDays, count: count) }

    /// The text after "every" and after «раз в»: `month`, `3 months`; `месяц`, `3 месяца`.
    package func monthlyPeriod(_ count: Int) -> String {
        count == 1 ? text(PeriodText.month) : catalogue.text(CountText.everyMonths, count: count)
    }
}
