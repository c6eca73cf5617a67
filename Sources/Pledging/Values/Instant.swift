/// A moment: milliseconds since 1970-01-01T00:00:00Z. Stored and compared as that integer.
package struct Instant: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package func adding(milliseconds: Int64) -> Instant {
        Instant(milliseconds: self.milliseconds + milliseconds)
    }

    package func adding(seconds: Int64) -> Instant { adding(milliseconds: seconds * 1_000) }
    package func adding(hours: Int64) -> Instant { adding(seconds: hours * 3_600) }

    /// Adds days of 24 hours; for calendar days see `CivilDate`.
    package func adding(days: Int64) -> Instant { adding(hours: days * 24) }

    /// The UTC date on which this moment falls.
    package var utcDate: CivilDate {
        CivilDate(daysSinceEpoch: Int(milliseconds.floorDivided(by: 86_400_000)))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-22T10:00:00.000Z`.
    package var rfc3339: String {
        let date = utcDate
        let inDay = Int(milliseconds - Int64(date.daysSinceEpoch) * 86_400_000)
        let (seconds, fraction) = inDay.quotientAndRemainder(dividingBy: 1_000)
        // Written digit by digit without intermediate texts, because every event and report row has
        // one.
        return String(unsafeUninitializedCapacity: 24) { buffer in
            date.write(to: buffer)
            buffer[10] = UInt8(ascii: "T")
            write(seconds / 3_600, digits: 2, to: buffer, at: 11)
            buffer[13] = UInt8(ascii: ":")
            write(seconds / 60 % 60, digits: 2, to: buffer, at: 14)
            buffer[16] = UInt8(ascii: ":")
            write(seconds % 60, digits: 2, to: buffer, at: 17)
            buffer[19] = UInt8(ascii: ".")
            write(fraction, digits: 3, to: buffer, at: 20)
            buffer[23] = UInt8(ascii: "Z")
            return 24
        }
    }

    /// Reads RFC 3339 with `Z` or a numeric offset, seconds and fraction optional; a bare date is
    /// midnight UTC. Returns nil for anything else.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, let date = CivilDate(String(text.prefix(10))) else { return nil }
        let midnight = Int64(date.daysSinceEpoch) * 86_400_000
        guard bytes.count > 10 else {
            self.init(milliseconds: midnight)
            return
        }
        var reader = DigitReader(bytes: bytes[10...])
        guard reader.take("T", "t", " "), let hour = reader.number(2), hour < 24,
            reader.take(":"), let minute = reader.number(2), minute < 60
        else { return nil }
        var second = 0
        var fraction = 0
        if reader.take(":") {
            guard let value = reader.number(2), value < 60 else { return nil }
            second = value
            if reader.take(".") {
                guard let value = reader.millisecondsOfFraction() else { return nil }
                fraction = value
            }
        }
        guard let offsetMinutes = reader.zoneOffsetMinutes(), reader.isAtEnd else { return nil }
        let seconds = (hour * 60 + minute - offsetMinutes) * 60 + second
        self.init(milliseconds: midnight + Int64(seconds * 1_000 + fraction))
    }
}

private struct DigitReader {
    var bytes: ArraySlice<UInt8>
    var isAtEnd: Bool { bytes.isEmpty }

    mutating func take(_ choices: Unicode.Scalar...) -> Bool {
        guard let first = bytes.first, choices.contains(Unicode.Scalar(first)) else { return false }
        bytes.removeFirst()
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        guard bytes.count >= digits else { return nil }
        var value = 0
        for byte in bytes.prefix(digits) {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        bytes.removeFirst(digits)
        return value
    }

    mutating func millisecondsOfFraction() -> Int? {
        var digits = 0
        var value = 0
        while let digit = number(1) {
            if digits < 3 { value = value * 10 + digit }
            digits += 1
        }
        guard digits > 0 else { return nil }
        for _ in digits..<max(3, digits) { value *= 10 }
        return value
    }

    mutating func zoneOffsetMinutes() -> Int? {
        if take("Z", "z") { return 0 }
        let sign = take("+") ? 1 : (take("-") ? -1 : 0)
        guard sign != 0, let hours = number(2), hours < 24, take(":"),
            let minutes = number(2), minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

extension BinaryInteger {
    func floorDivided(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
