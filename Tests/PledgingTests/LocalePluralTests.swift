import Pledging
import Testing

@Suite struct LocalePluralTests {
    @Test(arguments: [
        (nil, Language.english), ("", .english), ("en", .english), ("en-GB", .english),
        ("ru", .russian), ("ru-KZ", .russian), ("RU", .russian), ("ru_RU", .russian),
        ("ru-Cyrl-BY", .russian), ("uk", .english), ("rus", .english), ("-ru", .english),
        ("x-ru", .english), ("русский", .english),
    ])
    func `a tag chooses its language and English when it is unknown`(
        tag: String?, language: Language
    ) {
        #expect(Language(tag: tag) == language)
    }

    @Test func `each language is chosen by its own tag`() {
        for language in Language.allCases { #expect(Language(tag: language.tag) == language) }
    }

    @Test(arguments: [
        (0, PluralCategory.other, PluralCategory.many), (1, .one, .one), (2, .other, .few),
        (4, .other, .few), (5, .other, .many), (11, .other, .many), (12, .other, .many),
        (14, .other, .many), (21, .other, .one), (22, .other, .few), (25, .other, .many),
        (100, .other, .many), (101, .other, .one), (111, .other, .many), (112, .other, .many),
        (-1, .one, .one), (-3, .other, .few), (Int.min, .other, .many),
    ])
    func `an integer has its CLDR category`(
        count: Int, english: PluralCategory, russian: PluralCategory
    ) {
        #expect(Language.english.pluralCategory(of: count) == english)
        #expect(Language.russian.pluralCategory(of: count) == russian)
    }

    @Test(arguments: [
        (0, "0 months", "0 месяцев", "0 days", "0 дней"),
        (1, "1 month", "1 месяц", "1 day", "1 день"),
        (2, "2 months", "2 месяца", "2 days", "2 дня"),
        (4, "4 months", "4 месяца", "4 days", "4 дня"),
        (5, "5 months", "5 месяцев", "5 days", "5 дней"),
        (11, "11 months", "11 месяцев", "11 days", "11 дней"),
        (12, "12 months", "12 месяцев", "12 days", "12 дней"),
        (14, "14 months", "14 месяцев", "14 days", "14 дней"),
        (21, "21 months", "21 месяц", "21 days", "21 день"),
        (22, "22 months", "22 месяца", "22 days", "22 дня"),
        (25, "25 months", "25 месяцев", "25 days", "25 дней"),
        (100, "100 months", "100 месяцев", "100 days", "100 дней"),
        (101, "101 months", "101 месяц", "101 days", "101 день"),
        (111, "111 months", "111 месяцев", "111 days", "111 дней"),
        (112, "112 months", "112 месяцев", "112 days", "112 дней"),
    ])
    func `a count agrees with its noun`(
        count: Int, months: String, russianMonths: String, days: String, russianDays: String
    ) {
        #expect(Language.english.months(count) == months)
        #expect(Language.english.inMonths(count) == "in " + months)
        #expect(Language.english.days(count) == days)
        #expect(Language.english.inDays(count) == "in " + days)
        #expect(Language.russian.months(count) == russianMonths)
        #expect(Language.russian.inMonths(count) == "через " + russianMonths)
        #expect(Language.russian.days(count) == russianDays)
        #expect(Language.russian.inDays(count) == "через " + russianDays)
    }

    @Test func `a period of one month is written without its number`() {
        #expect(Language.english.monthlyPeriod(1) == "month")
        #expect(Language.english.monthlyPeriod(3) == "3 months")
        #expect(Language.russian.monthlyPeriod(1) == "месяц")
        #expect(Language.russian.monthlyPeriod(6) == "6 месяцев")
    }
}
