import Pledging
import Testing

@Suite struct RetentionTests {
    private static let noon = Instant(milliseconds: 1_795_348_800_000)
    private static let day: Int64 = 86_400_000

    private func ground(
        _ pledges: Ending, _ reminders: Ending, isForgotten: Bool = false,
        at now: Instant = RetentionTests.noon, zone: String = "UTC"
    ) throws -> RetentionRule.Ground? {
        let rules = try #require(TimeZoneRules(identifier: zone))
        let rule = RetentionRule(readerDays: 7, supporterMonths: 24, zone: rules, at: now)
        return rule.ground(
            RetentionFacts(
                supporterID: ID(bits: 1), isForgotten: isForgotten, pledges: pledges,
                reminders: reminders))
    }

    private func over(_ time: String) throws -> Ending {
        .over(since: try #require(Instant(rfc3339: time)))
    }

    @Test func `whoever has anything open, or never had anything, is kept`() throws {
        let old = try over("2001-01-01T00:00:00Z")
        for other in [Ending.never, .open, old] {
            #expect(try ground(.open, other) == nil)
            #expect(try ground(other, .open) == nil)
        }
        #expect(try ground(.never, .never) == nil)
    }

    @Test func `whoever is forgotten is not forgotten again`() throws {
        let old = try over("2001-01-01T00:00:00Z")
        #expect(try ground(.never, old, isForgotten: true) == nil)
        #expect(try ground(old, .never, isForgotten: true) == nil)
    }

    @Test func `a reader is kept for days to the millisecond`() throws {
        let border = Self.noon.adding(milliseconds: -7 * Self.day)
        #expect(try ground(.never, .over(since: border)) == .reader)
        #expect(try ground(.never, .over(since: border.adding(milliseconds: 1))) == nil)
    }

    @Test(arguments: [
        // The supporter is kept to the end of the day on which the months end.
        ("2024-11-21T23:59:59.999Z", "2026-11-22T00:00:00Z", "UTC", true),
        ("2024-11-22T00:00:00Z", "2026-11-22T23:59:59.999Z", "UTC", false),
        ("2024-11-22T23:59:59.999Z", "2026-11-23T00:00:00Z", "UTC", true),
        // 2026 has no 29 February, so the 28th is used.
        ("2024-02-29T12:00:00Z", "2026-02-28T23:59:59.999Z", "UTC", false),
        ("2024-02-29T12:00:00Z", "2026-03-01T00:00:00Z", "UTC", true),
        // Noon in London is the next day in Auckland, 13 hours ahead.
        ("2024-11-22T12:00:00Z", "2026-11-23T10:59:59.999Z", "Pacific/Auckland", false),
        ("2024-11-22T12:00:00Z", "2026-11-23T11:00:00Z", "Pacific/Auckland", true),
    ])
    func `a supporter is kept for calendar months of the newsroom`(
        ended: String, now: String, zone: String, isOver: Bool
    ) throws {
        let now = try #require(Instant(rfc3339: now))
        let expected: RetentionRule.Ground? = isOver ? .supporter : nil
        for reminders in [Ending.never, .over(since: now)] {
            #expect(try ground(try over(ended), reminders, at: now, zone: zone) == expected)
        }
    }
}
