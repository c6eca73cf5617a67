import Pledging
import Testing

struct CivilDateTests {
    @Test func `days are counted one by one from 1600 to 2400`() throws {
        var count = -135_140
        for year in 1600...2400 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = CivilDate(year: year, month: month, day: day) else { continue }
                    guard date.daysSinceEpoch == count, CivilDate(daysSinceEpoch: count) == date
                    else {
                        Issue.record("\(date) is day \(date.daysSinceEpoch), not \(count)")
                        return
                    }
                    count += 1
                }
            }
        }
        #expect(count == 157_420)
    }

    @Test(arguments: [
        ("0001-01-01", -719_162), ("1582-10-15", -141_427), ("1969-12-31", -1), ("1970-01-01", 0),
        ("2000-02-29", 11_016), ("2026-11-22", 20_779), ("9999-12-31", 2_932_896),
    ])
    func `a known day has its known number`(text: String, days: Int) throws {
        let date = try #require(CivilDate(text))
        #expect(date.daysSinceEpoch == days)
        #expect(CivilDate(daysSinceEpoch: days) == date)
        #expect(date.description == text)
    }

    @Test(arguments: [
        "", "2026", "2026-11", "2026-1-01", "2026-11-1", "26-11-22", "2026/11/22", "20261122",
        "2026-11-22 ", " 2026-11-22", "2026-11-31", "2026-02-29", "1900-02-29", "2026-00-10",
        "2026-13-10", "2026-10-00", "2026-10-32", "0000-01-01", "-001-01-01", "+026-01-01",
        "२०२६-११-२२", "2026-11-2\u{0662}", "2026-11-22T00:00:00Z",
    ])
    func `what is not a day is refused`(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test(arguments: [
        ("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"),
        ("2026-07-31", 1, "2026-08-31"), ("2026-07-31", 2, "2026-09-30"),
        ("2026-12-31", 1, "2027-01-31"), ("2026-01-31", -2, "2025-11-30"),
        ("2024-02-29", 12, "2025-02-28"), ("2024-02-29", 48, "2028-02-29"),
    ])
    func `months are added with the day clamped`(text: String, months: Int, sum: String) throws {
        #expect(try #require(CivilDate(text)).adding(months: months).description == sum)
    }

    @Test func `dates sort by time`() {
        let dates = (-800...800).map { CivilDate(daysSinceEpoch: $0) }
        #expect(dates.reversed().sorted() == dates)
    }

    @Test(arguments: [
        ("2026-01", "2026-01-01", "2026-01-31"), ("2028-02", "2028-02-01", "2028-02-29"),
        ("1969-12", "1969-12-01", "1969-12-31"), ("2026-12", "2026-12-01", "2026-12-31"),
    ])
    func `a month has its first and last day`(text: String, first: String, last: String) throws {
        let month = try #require(YearMonth(text))
        #expect(month.description == text)
        #expect(month.firstDay.description == first)
        #expect(month.lastDay.description == last)
        #expect(month.firstDay.yearMonth == month)
    }

    @Test(arguments: ["", "2026", "2026-00", "2026-13", "2026-1", "26-01", "2026-01-01", "2026/01"])
    func `what is not a month is refused`(text: String) {
        #expect(YearMonth(text) == nil)
    }
}
