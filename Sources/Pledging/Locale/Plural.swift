/// The CLDR plural categories that our languages use. The key of a text ends with the raw value.
package enum PluralCategory: String, Sendable {
    case one, few, many, other
}

/// The plural rule of a language for whole numbers.
///
/// Source: Unicode CLDR, Language Plural Rules (cardinals). Categories that only fractions or
/// powers of a million have are left out: neither is counted here.
struct PluralRule: Sendable {
    /// All values that `category` returns.
    let categories: [PluralCategory]
    /// Returns the category of an integer's absolute value.
    let category: @Sendable (UInt) -> PluralCategory

    /// English, and most languages of Western Europe.
    static let oneAndOther = PluralRule(categories: [.one, .other]) { number in
        number == 1 ? .one : .other
    }

    /// Russian and Ukrainian.
    static let eastSlavic = PluralRule(categories: [.one, .few, .many]) { number in
        let (lastDigit, lastTwo) = (number % 10, number % 100)
        if lastDigit == 1 && lastTwo != 11 { return .one }
        if (2...4).contains(lastDigit) && !(12...14).contains(lastTwo) { return .few }
        return .many
    }
}

extension Language {
    var pluralRule: PluralRule {
        switch self {
        case .english: .oneAndOther
        case .russian: .eastSlavic
        }
    }

    /// Returns the category of an integer; its sign does not matter.
    package func pluralCategory(of count: Int) -> PluralCategory {
        pluralRule.category(count.magnitude)
    }
}
