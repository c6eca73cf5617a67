import Foundation
import Pledging
import Testing

struct BillingCalendarTests {
    @Test(arguments: [
        ("2026-01-31", Interval.month, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2024-01-31", .month, ["2024-02-29", "2024-03-31"]),
        ("2026-01-30", .month, ["2026-02-28", "2026-03-30"]),
        ("2026-11-30", .month, ["2026-12-30", "2027-01-30", "2027-02-28", "2027-03-30"]),
        ("2026-12-31", .month, ["2027-01-31"]),
        ("2024-02-29", .year, ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2025-02-28", .year, ["2026-02-28", "2027-02-28", "2028-02-28"]),
        ("2026-12-31", .year, ["2027-12-31"]),
    ])
    func `a pledge keeps its anchor day`(
        start: String, interval: Interval, dates: [String]
    ) throws {
        let first = try #require(CivilDate(start))
        #expect(try following(first, interval, count: dates.count).map(\.description) == dates)
    }

    @Test(.enabled(if: Dateutil.isAvailable, "needs a Python with dateutil"))
    func `dateutil finds the same dates from every day of five years`() throws {
        let theirs = try Dateutil.run(
            #require(Bundle.module.url(forResource: "Fixtures/occurrences", withExtension: "py"))
                .path)
        var ours = ""
        let start = try #require(CivilDate("2024-01-01"))
        let end = try #require(CivilDate("2028-12-31"))
        for number in start.daysSinceEpoch...end.daysSinceEpoch {
            let first = CivilDate(daysSinceEpoch: number)
            for interval in [Interval.month, .year] {
                let dates = try following(first, interval, count: 24)
                ours += "\(interval.rawValue) \(first) "
                ours += dates.map(\.description).joined(separator: " ") + "\n"
            }
        }
        let pairs = zip(theirs.split(separator: "\n"), ours.split(separator: "\n"))
        #expect(pairs.first { $0 != $1 }.map { "\($0) | \($1)" } == nil)
        #expect(theirs.utf8.count == ours.utf8.count)
        #expect(ours.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 2 * 1_827)
    }

    @Test func `a one-off has no next date`() throws {
        let date = try #require(CivilDate("2026-11-22"))
        let anchor = Anchor(date)
        let next = BillingCalendar.next(after: date, anchor: anchor, interval: .once)
        let first = BillingCalendar.firstAnchorDate(
            onOrAfter: date, anchor: anchor, interval: .once)
        #expect(next == nil)
        #expect(first == nil)
        #expect(!BillingCalendar.fits(date, anchor: anchor, interval: .once))
    }

    @Test(arguments: [
        ("2026-02-27", 31, 1, Interval.month, "2026-02-28"),
        ("2026-02-28", 31, 1, .month, "2026-02-28"), ("2026-03-01", 31, 1, .month, "2026-03-31"),
        ("2026-03-05", 5, 1, .month, "2026-03-05"), ("2026-03-06", 5, 1, .month, "2026-04-05"),
        ("2026-12-06", 5, 1, .month, "2027-01-05"),
        ("2026-02-28", 29, 2, .year, "2026-02-28"), ("2026-03-01", 29, 2, .year, "2027-02-28"),
        ("2028-02-28", 29, 2, .year, "2028-02-29"), ("2026-11-22", 31, 12, .year, "2026-12-31"),
    ])
    func `the first anchor date is found from any day`(
        from: String, day: Int, month: Int, interval: Interval, expected: String
    ) throws {
        let date = try #require(CivilDate(from))
        let anchor = try #require(Anchor(day: day, month: month))
        let found = try #require(
            BillingCalendar.firstAnchorDate(onOrAfter: date, anchor: anchor, interval: interval))
        #expect(found.description == expected)
        #expect(BillingCalendar.fits(found, anchor: anchor, interval: interval))
        #expect(BillingCalendar.fits(date, anchor: anchor, interval: interval) == (found == date))
    }

    @Test func `from a day that is no anchor date the next one follows`() throws {
        let date = try #require(CivilDate("2026-03-12"))
        let anchor = try #require(Anchor(day: 31, month: 1))
        let next = BillingCalendar.next(after: date, anchor: anchor, interval: .month)
        #expect(next?.description == "2026-03-31")
    }

    @Test func `each month has one anchor date, each year one yearly`() throws {
        for day in 1...31 {
            let anchor = try #require(Anchor(day: day, month: 1))
            var months = 0
            var years = 0
            for number in 0..<1_461 {
                let date = CivilDate(daysSinceEpoch: 20_454 + number)
                if BillingCalendar.fits(date, anchor: anchor, interval: .month) { months += 1 }
                if BillingCalendar.fits(date, anchor: anchor, interval: .year) { years += 1 }
            }
            #expect(months == 48)
            #expect(years == 4)
        }
    }

    @Test func `the calendar ends with the year 9999`() throws {
        let date = try #require(CivilDate("9999-12-31"))
        for interval in [Interval.month, .year] {
            #expect(
                BillingCalendar.next(after: date, anchor: Anchor(date), interval: interval) == nil)
        }
    }

    @Test(arguments: [(0, 1), (32, 1), (1, 0), (1, 13), (30, 2), (31, 4), (-1, 5)])
    func `a day that no year has is not an anchor`(day: Int, month: Int) {
        #expect(Anchor(day: day, month: month) == nil)
    }

    @Test func `an anchor reads back from its numbers`() throws {
        let anchor = Anchor(try #require(CivilDate("2024-02-29")))
        #expect(Anchor(day: anchor.day, month: anchor.month) == anchor)
    }

    private func following(
        _ first: CivilDate, _ interval: Interval, count: Int
    ) throws -> [CivilDate] {
        var last = first
        return try (0..<count).map { _ in
            last = try #require(
                BillingCalendar.next(after: last, anchor: Anchor(first), interval: interval))
            return last
        }
    }
}

/// Another implementation of the calendar: python-dateutil. `MAINSTAY_TEST_PYTHON` names the
/// interpreter; if it is set, the comparison is never skipped.
private enum Dateutil {
    static var isAvailable: Bool {
        ProcessInfo.processInfo.environment["MAINSTAY_TEST_PYTHON"] != nil
            || (try? run("-c", "import dateutil.relativedelta")) != nil
    }

    static func run(_ arguments: String...) throws -> String {
        let python = ProcessInfo.processInfo.environment["MAINSTAY_TEST_PYTHON"] ?? "python3"
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed() }
        return String(decoding: bytes, as: UTF8.self)
    }

    struct Failed: Error {}
}
