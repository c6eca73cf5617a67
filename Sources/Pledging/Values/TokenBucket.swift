/// Limits calls over time: `burst` of them at once, then `count` in each `periodMilliseconds`. It
/// uses whole numbers and gets the time from the caller, so the same calls at the same times have
/// the same waits.
package struct TokenBucket: Sendable {
    private let count: Int64
    private let periodMilliseconds: Int64
    /// The content of a full bucket. A call takes `periodMilliseconds`; each millisecond adds
    /// `count`.
    private let capacity: Int64
    /// Negative while calls wait that have been taken in advance.
    private var level: Int64
    private var lastMilliseconds: Int64

    /// Makes a full bucket. All of `count`, `burst` and `periodMilliseconds` are above zero.
    package init(
        count: Int64, periodMilliseconds: Int64 = 1_000, burst: Int64,
        atMilliseconds now: Int64
    ) {
        self.count = count
        self.periodMilliseconds = periodMilliseconds
        capacity = burst * periodMilliseconds
        level = capacity
        lastMilliseconds = now
    }

    /// Takes one call and returns after how many milliseconds it may be made. Callers that wait are
    /// served in the order in which they took theirs.
    package mutating func take(atMilliseconds now: Int64) -> Int64 {
        refill(atMilliseconds: now)
        level -= periodMilliseconds
        return milliseconds(until: 0)
    }

    /// Takes one call if it may be made now, and returns 0. Otherwise it takes nothing and returns
    /// after how many milliseconds to ask again.
    package mutating func takeIfReady(atMilliseconds now: Int64) -> Int64 {
        let wait = wait(atMilliseconds: now)
        if wait == 0 { level -= periodMilliseconds }
        return wait
    }

    /// Returns after how many milliseconds a call may be made, without taking one.
    package mutating func wait(atMilliseconds now: Int64) -> Int64 {
        refill(atMilliseconds: now)
        return milliseconds(until: periodMilliseconds)
    }

    /// Returns whether the bucket is full, and so equal to a new one.
    package func isFull(atMilliseconds now: Int64) -> Bool {
        var copy = self
        copy.refill(atMilliseconds: now)
        return copy.level == capacity
    }

    /// A time before the last one counts as the last one.
    private mutating func refill(atMilliseconds now: Int64) {
        // At most the time that filling takes, so that the product stays small after a long pause.
        let longest = (capacity - level) / count + 1
        let gone = min(max(0, now - lastMilliseconds), longest)
        lastMilliseconds = max(now, lastMilliseconds)
        level = min(capacity, level + gone * count)
    }

    private func milliseconds(until wanted: Int64) -> Int64 {
        level >= wanted ? 0 : (wanted - level + count - 1) / count
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
