import Pledging
import Testing

struct TimeZoneRulesTests {
    /// The moments are those of Python's zoneinfo, which reads the IANA database itself.
    @Test(arguments: [
        // The clock skips 2 o'clock, and shows 1 o'clock twice.
        ("America/New_York", "2026-03-08", 1, "2026-03-08T06:00:00.000Z"),
        ("America/New_York", "2026-03-08", 2, "2026-03-08T07:00:00.000Z"),
        ("America/New_York", "2026-03-08", 3, "2026-03-08T07:00:00.000Z"),
        ("America/New_York", "2026-11-01", 0, "2026-11-01T04:00:00.000Z"),
        ("America/New_York", "2026-11-01", 1, "2026-11-01T05:00:00.000Z"),
        ("America/New_York", "2026-11-01", 2, "2026-11-01T07:00:00.000Z"),
        ("Europe/Berlin", "2026-03-29", 1, "2026-03-29T00:00:00.000Z"),
        ("Europe/Berlin", "2026-03-29", 2, "2026-03-29T01:00:00.000Z"),
        ("Europe/Berlin", "2026-03-29", 3, "2026-03-29T01:00:00.000Z"),
        ("Europe/Berlin", "2026-10-25", 2, "2026-10-25T00:00:00.000Z"),
        ("Europe/Berlin", "2026-10-25", 3, "2026-10-25T02:00:00.000Z"),
        // The clock changes by half an hour.
        ("Australia/Lord_Howe", "2026-04-05", 1, "2026-04-04T14:00:00.000Z"),
        ("Australia/Lord_Howe", "2026-04-05", 2, "2026-04-04T15:30:00.000Z"),
        ("Australia/Lord_Howe", "2026-10-04", 1, "2026-10-03T14:30:00.000Z"),
        ("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03T15:30:00.000Z"),
        ("Australia/Lord_Howe", "2026-10-04", 3, "2026-10-03T16:00:00.000Z"),
        // The clock does not change; the offset includes a quarter of an hour.
        ("Asia/Kathmandu", "2026-07-01", 0, "2026-06-30T18:15:00.000Z"),
        ("Asia/Kathmandu", "2026-07-01", 10, "2026-07-01T04:15:00.000Z"),
        // The clock changes at midnight: one day lacks its first hour, another has its last hour
        // twice.
        ("Africa/Cairo", "2026-04-24", 0, "2026-04-23T22:00:00.000Z"),
        ("Africa/Cairo", "2026-04-24", 1, "2026-04-23T22:00:00.000Z"),
        ("Africa/Cairo", "2026-10-29", 23, "2026-10-29T20:00:00.000Z"),
        ("Africa/Cairo", "2026-10-30", 0, "2026-10-29T22:00:00.000Z"),
        ("America/Santiago", "2026-09-06", 0, "2026-09-06T04:00:00.000Z"),
        ("America/Santiago", "2026-09-06", 1, "2026-09-06T04:00:00.000Z"),
        ("America/Santiago", "2026-04-04", 23, "2026-04-05T02:00:00.000Z"),
        ("America/Santiago", "2026-04-05", 0, "2026-04-05T04:00:00.000Z"),
        // A whole day was skipped.
        ("Pacific/Apia", "2011-12-29", 10, "2011-12-29T20:00:00.000Z"),
        ("Pacific/Apia", "2011-12-30", 10, "2011-12-30T20:00:00.000Z"),
        ("Pacific/Apia", "2011-12-31", 10, "2011-12-30T20:00:00.000Z"),
        ("Pacific/Kiritimati", "2026-07-01", 0, "2026-06-30T10:00:00.000Z"),
        ("Etc/GMT+12", "2026-07-01", 23, "2026-07-02T11:00:00.000Z"),
        ("UTC", "2026-07-01", 10, "2026-07-01T10:00:00.000Z"),
    ])
    func `an hour of a day is the moment it should be`(
        zone: String, date: String, hour: Int, moment: String
    ) throws {
        let rules = try #require(TimeZoneRules(identifier: zone))
        #expect(try rules.instant(of: #require(CivilDate(date)), hour: hour).rfc3339 == moment)
    }

    @Test(arguments: [
        ("America/New_York", "2026-11-22T04:59:59.999Z", "2026-11-21"),
        ("America/New_York", "2026-11-22T05:00:00.000Z", "2026-11-22"),
        ("Asia/Kathmandu", "2026-06-30T18:14:59.999Z", "2026-06-30"),
        ("Asia/Kathmandu", "2026-06-30T18:15:00.000Z", "2026-07-01"),
        ("Pacific/Apia", "2011-12-30T09:59:59.000Z", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00.000Z", "2011-12-31"),
        ("UTC", "1969-12-31T23:59:59.999Z", "1969-12-31"),
    ])
    func `a moment falls on a date of the zone`(zone: String, moment: String, date: String) throws {
        let rules = try #require(TimeZoneRules(identifier: zone))
        #expect(try rules.date(at: #require(Instant(rfc3339: moment))).description == date)
    }

    @Test(arguments: [
        "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
        "Africa/Cairo", "America/Santiago", "Africa/Casablanca", "Antarctica/Troll",
    ])
    func `ten o'clock is on its own day, all year`(zone: String) throws {
        let rules = try #require(TimeZoneRules(identifier: zone))
        for day in 20_454..<20_454 + 1_461 {
            let date = CivilDate(daysSinceEpoch: day)
            try #require(rules.date(at: rules.instant(of: date, hour: 10)) == date)
        }
    }

    @Test(arguments: [
        "UTC", "Etc/UTC", "Etc/GMT+3", "Europe/Kyiv", "Europe/Kiev", "America/Montreal",
        "America/Argentina/Buenos_Aires", "Asia/Calcutta", "Asia/Kolkata", "US/Eastern",
    ])
    func `the names of the IANA database are taken, aliases too`(identifier: String) {
        #expect(TimeZoneRules(identifier: identifier)?.identifier == identifier)
    }

    @Test(arguments: [
        "", "/", "EST", "PST", "BST", "CET", "EST5EDT", "GMT", "GMT+3", "GMT+0300", "UTC+3", "Z",
        "utc", "europe/berlin", "Europe/Berlin ", " Europe/Berlin", "Europe/Berlin/",
        "Mars/Olympus", "SystemV/EST5", "Etc/Unknown", "../etc/localtime", "Europe/Berlin\u{0}",
        "+01:00",
    ])
    func `any other name is refused`(identifier: String) {
        #expect(TimeZoneRules(identifier: identifier) == nil)
    }
}
