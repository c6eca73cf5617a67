import Pledging
import Testing

@Suite struct LocaleDateTests {
    @Test(arguments: [
        ("2026-01-31", "31 January 2026", "31 января 2026 г.", "January 2026", "январь 2026 г."),
        (
            "2028-02-29", "29 February 2028", "29 февраля 2028 г.",
            "February 2028", "февраль 2028 г."
        ),
        ("2026-03-08", "8 March 2026", "8 марта 2026 г.", "March 2026", "март 2026 г."),
        ("2026-04-01", "1 April 2026", "1 апреля 2026 г.", "April 2026", "апрель 2026 г."),
        ("2026-05-09", "9 May 2026", "9 мая 2026 г.", "May 2026", "май 2026 г."),
        ("2026-06-30", "30 June 2026", "30 июня 2026 г.", "June 2026", "июнь 2026 г."),
        ("2026-07-04", "4 July 2026", "4 июля 2026 г.", "July 2026", "июль 2026 г."),
        ("2026-08-15", "15 August 2026", "15 августа 2026 г.", "August 2026", "август 2026 г."),
        (
            "2026-09-22", "22 September 2026", "22 сентября 2026 г.",
            "September 2026", "сентябрь 2026 г."
        ),
        ("2026-10-10", "10 October 2026", "10 октября 2026 г.", "October 2026", "октябрь 2026 г."),
        ("2026-11-11", "11 November 2026", "11 ноября 2026 г.", "November 2026", "ноябрь 2026 г."),
        ("2026-12-05", "5 December 2026", "5 декабря 2026 г.", "December 2026", "декабрь 2026 г."),
    ])
    func `a date is written out with its month`(
        date: String, english: String, russian: String, month: String, russianMonth: String
    ) throws {
        let date = try #require(CivilDate(date))
        #expect(Language.english.text(date) == english)
        #expect(Language.russian.text(date) == russian)
        #expect(Language.english.text(date.yearMonth) == month)
        #expect(Language.russian.text(date.yearMonth) == russianMonth)
    }
}
