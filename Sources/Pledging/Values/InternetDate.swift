/// Dates in the headers of HTTP and mail, always in English.
package enum InternetDate {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7, IMF-fixdate). Returns nil for
    /// anything else, including the two obsolete forms, which servers have not sent for decades.
    package static func http(_ text: String) -> Instant? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","),
            let month = months.firstIndex(of: String(words[2])),
            let day = number(words[1], digits: 2), let year = number(words[3], digits: 4),
            let date = CivilDate(year: year, month: month + 1, day: day)
        else { return nil }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = number(time[0], digits: 2), hour < 24,
            let minute = number(time[1], digits: 2), minute < 60,
            let second = number(time[2], digits: 2), second <= 60
        else { return nil }
        let seconds = (hour * 60 + minute) * 60 + second
        return Instant(milliseconds: Int64(date.daysSinceEpoch) * 86_400_000)
            .adding(seconds: Int64(seconds))
    }

    /// Writes `Sun, 6 Nov 1994 08:49:37 +0000` (RFC 5322, 3.3). Returns nil outside the years 1970
    /// to 9999.
    package static func mail(_ instant: Instant) -> String? {
        guard (0...lastMillisecondOf9999).contains(instant.milliseconds) else { return nil }
        let date = instant.utcDate
        let second = instant.milliseconds / 1_000 % 86_400
        let clock = [second / 3_600, second / 60 % 60, second % 60]
            .map { padded($0, 2) }.joined(separator: ":")
        let weekday = weekdays[date.daysSinceEpoch % 7]
        let day = "\(weekday), \(date.day) \(months[date.month - 1]) \(padded(date.year, 4))"
        return "\(day) \(clock) +0000"
    }

    /// Returns the seconds that a `Retry-After` asks to wait (RFC 9110, 10.2.3): a number of
    /// seconds, or the time until a date, 0 for a past one. Returns nil for anything else, and for
    /// a date if `now` is nil.
    package static func retryAfterSeconds(_ text: String, at now: Instant?) -> Int64? {
        if let seconds = Int64(text) { return seconds >= 0 ? seconds : nil }
        guard let now, let date = http(text) else { return nil }
        return max(0, (date.milliseconds - now.milliseconds) / 1_000)
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }

    private static let lastMillisecondOf9999: Int64 = 253_402_300_799_999
    /// 1970-01-01 was a Thursday.
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
