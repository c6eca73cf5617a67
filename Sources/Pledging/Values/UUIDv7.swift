/// Returns the 128 bits of a version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds,
/// then the low 74 bits of `random` around the version and variant fields.
///
/// A moment outside the 48 bits (before 1970, after the year 10888) counts as the nearest one
/// inside.
package func uuidVersion7(at moment: Instant, random: UInt128) -> UInt128 {
    uuidVersion7(timestamp: timestamp(of: moment), field: random & largestField)
}

/// Returns the moment in a version 7 UUID, to the millisecond; nil for any other UUID.
package func uuidVersion7Moment(of bits: UInt128) -> Instant? {
    guard bits >> 76 & 0xF == 7, bits >> 62 & 0b11 == 0b10 else { return nil }
    return Instant(milliseconds: Int64(bits >> 80))
}

/// Makes strictly increasing version 7 UUIDs in one process, also while the clock stands still or
/// steps back (RFC 9562, section 6.2, method 2: the random field is increased by a random step).
package struct IDSequence: Sendable {
    private var last: (timestamp: UInt64, field: UInt128)?

    package init() {}

    /// Returns the next UUID, greater than all earlier ones of this sequence. `random` must be
    /// fresh each time: its low 74 bits fill a new millisecond, its low 32 bits are the step within
    /// one.
    package mutating func next(at moment: Instant, random: UInt128) -> UInt128 {
        var timestamp = timestamp(of: moment)
        var field = random & largestField
        if let last, timestamp <= last.timestamp {
            timestamp = last.timestamp
            let increased = last.field + (random & largestStep) + 1
            if increased <= largestField {
                field = increased
            } else {
                // RFC 9562, section 6.2: when the field is used up, the next millisecond is taken.
                timestamp += 1
            }
        }
        last = (timestamp, field)
        return uuidVersion7(timestamp: timestamp, field: field)
    }
}

private let largestField: UInt128 = (1 << 74) - 1
/// A step of 32 bits leaves 2^42 ids in a millisecond and still hides how many were made.
private let largestStep: UInt128 = (1 << 32) - 1
private let largestTimestamp: UInt64 = (1 << 48) - 1

private func timestamp(of moment: Instant) -> UInt64 {
    min(UInt64(clamping: moment.milliseconds), largestTimestamp)
}

private func uuidVersion7(timestamp: UInt64, field: UInt128) -> UInt128 {
    let version: UInt128 = 7
    let variant: UInt128 = 0b10
    let upper = field >> 62
    let lower = field & ((1 << 62) - 1)
    return UInt128(timestamp) << 80 | version << 76 | upper << 64 | variant << 62 | lower
}
