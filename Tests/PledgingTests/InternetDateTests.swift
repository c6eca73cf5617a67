import Pledging
import Testing

@Suite struct InternetDateTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
        ("Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59.000Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z"),
    ])
    func `a date of HTTP is read`(text: String, time: String) {
        #expect(InternetDate.http(text)?.rfc3339 == time)
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 2024 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
    ])
    func `any other text is not a date`(text: String) { #expect(InternetDate.http(text) == nil) }

    @Test(arguments: [
        ("1994-11-06T08:49:37.999Z", "Sun, 6 Nov 1994 08:49:37 +0000"),
        ("1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"),
        ("9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 +0000"),
    ])
    func `a date of mail is written`(time: String, text: String) throws {
        #expect(InternetDate.mail(try #require(Instant(rfc3339: time))) == text)
    }

    @Test(arguments: [Int64(-1), 253_402_300_800_000])
    func `a year that a mail cannot name is not written`(milliseconds: Int64) {
        #expect(InternetDate.mail(Instant(milliseconds: milliseconds)) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("120", 120), ("-1", nil), ("soon", nil), ("", nil), ("1.5", nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
        ] as [(String, Int64?)])
    func `Retry-After is a number of seconds or a date`(text: String, seconds: Int64?) throws {
        let now = try #require(Instant(rfc3339: "1994-11-06T08:49:00Z"))
        #expect(InternetDate.retryAfterSeconds(text, at: now) == seconds)
        // A date gives no wait if the present time is not known.
        let isNumber = Int64(text) != nil
        #expect(InternetDate.retryAfterSeconds(text, at: nil) == (isNumber ? seconds : nil))
    }
}
