/// The CLDR plural categories that our languages tell apart.
///
/// Source: Unicode CLDR, Language Plural Rules (cardinals). Russian keeps `other` for fractions,
/// which are never counted here.
package enum PluralCategory: Sendable {
    case one, few, many, other
}

/// The forms of one noun: `1 месяц, 3 месяца, 5 месяцев`.
struct PluralForms: Sendable {
    let one: String
    let few: String
    let many: String
    let other: String

    func form(_ category: PluralCategory) -> String {
        switch category {
        case .one: one
        case .few: few
        case .many: many
        case .other: other
        }
    }
}

extension PluralForms {
    /// For languages that tell only one from many.
    init(one: String, other: String) {
        self.init(one: one, few: other, many: other, other: other)
    }
}

extension Language {
    /// The category of an integer; its sign does not matter.
    package func pluralCategory(of count: Int) -> PluralCategory {
        let number = count.magnitude
        switch self {
        case .english: return number == 1 ? .one : .other
        case .russian:
            let (lastDigit, lastTwo) = (number % 10, number % 100)
            if lastDigit == 1 && lastTwo != 11 { return .one }
            if (2...4).contains(lastDigit) && !(12...14).contains(lastTwo) { return .few }
            return .many
        }
    }

    /// `3 months`, `3 месяца`.
    package func months(_ count: Int) -> String { counted(count, monthNoun) }

    /// `10 days`, `10 дней`.
    package func days(_ count: Int) -> String { counted(count, dayNoun) }

    /// `in 3 months`, `через 3 месяца`.
    package func inMonths(_ count: Int) -> String { "\(inAWhile) \(months(count))" }

    /// `in 10 days`, `через 10 дней`.
    package func inDays(_ count: Int) -> String { "\(inAWhile) \(days(count))" }

    /// What stands after "every" and after «раз в»: `month`, `3 months`; `месяц`, `3 месяца`.
    package func monthlyPeriod(_ count: Int) -> String {
        count == 1 ? monthNoun.one : months(count)
    }

    private func counted(_ count: Int, _ noun: PluralForms) -> String {
        "\(count) \(noun.form(pluralCategory(of: count)))"
    }

    private var inAWhile: String {
        switch self {
        case .english: "in"
        case .russian: "через"
        }
    }

    private var monthNoun: PluralForms {
        switch self {
        case .english: PluralForms(one: "month", other: "months")
        case .russian:
            PluralForms(one: "месяц", few: "месяца", many: "месяцев", other: "месяца")
        }
    }

    private var dayNoun: PluralForms {
        switch self {
        case .english: PluralForms(one: "day", other: "days")
        case .russian: PluralForms(one: "день", few: "дня", many: "дней", other: "дня")
        }
    }
}
