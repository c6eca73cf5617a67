import Pledging
import Testing

struct InstantTests {
    @Test func `moments read back as they were written`() {
        var generator = SeededGenerator(seed: 3)
        let edges: [Int64] = [0, -1, 1, 999, -999, 86_400_000, -86_400_001]
        // From 0001-01-01 to 9999-12-31.
        let many = (0..<50_000).map { _ in
            Int64(generator.next(below: 315_537_897_600_000)) - 62_135_596_800_000
        }
        for milliseconds in edges + many {
            let moment = Instant(milliseconds: milliseconds)
            guard Instant(rfc3339: moment.rfc3339) == moment else {
                Issue.record("\(milliseconds) was written as \(moment.rfc3339)")
                return
            }
        }
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("1970-01-01", 0), ("1970-01-01T00:00Z", 0),
            ("1970-01-01t00:00:01z", 1_000), ("1970-01-01 00:00:01Z", 1_000),
            ("1970-01-01T00:00:00.5Z", 500), ("1970-01-01T00:00:00.1239Z", 123),
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T19:00:00-05:00", 0),
            ("1969-12-31T23:59:59.999Z", -1), ("1970-01-01T05:45:00+05:45", 0),
            ("2026-11-22T10:00:00.000Z", 1_795_341_600_000),
        ] as [(String, Int64)])
    func `RFC 3339 is read in its forms`(text: String, milliseconds: Int64) {
        #expect(Instant(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "now", "1970", "1970-01-01T", "1970-01-01T00", "1970-01-01T00:00", "1970-01-01Z",
        "1970-01-01T00:00:00", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:61Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00,5Z",
        "1970-01-01T00:00:00+0100", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+01:60",
        "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00Z ", "1970-02-30T00:00:00Z",
        "1970-01-01T0:00:00Z", "1970-01-01T٠٠:00:00Z", "1970-01-01T-1:00:00Z",
    ])
    func `any other text is not a moment`(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01"), (-1, "1969-12-31"), (86_399_999, "1970-01-01"),
            (86_400_000, "1970-01-02"), (1_795_341_600_000, "2026-11-22"),
        ] as [(Int64, String)])
    func `a moment falls on its UTC date`(milliseconds: Int64, date: String) {
        #expect(Instant(milliseconds: milliseconds).utcDate.description == date)
    }

    @Test func `time is added in its units`() {
        let start = Instant(milliseconds: 5)
        #expect(start.adding(milliseconds: 1).milliseconds == 6)
        #expect(start.adding(seconds: 1).milliseconds == 1_005)
        #expect(start.adding(hours: -1).milliseconds == -3_599_995)
        #expect(start.adding(days: 2).milliseconds == 172_800_005)
    }
}
