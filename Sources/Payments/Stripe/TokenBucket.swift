/// Spreads calls over time: as many at once as a second allows, then one for each share of it.
struct TokenBucket: Sendable {
    private let perSecond: Int64
    /// Thousandths of a call that may be made now; below zero, what calls that wait have taken.
    private var thousandths: Int64
    private var lastMilliseconds: Int64

    init(perSecond: Int64, atMilliseconds now: Int64) {
        self.perSecond = perSecond
        thousandths = perSecond * 1_000
        lastMilliseconds = now
    }

    /// Takes one call and returns after how many milliseconds it may be made. Callers that wait are
    /// served in the order in which they took theirs.
    mutating func take(atMilliseconds now: Int64) -> Int64 {
        let gone = max(0, now - lastMilliseconds)
        lastMilliseconds = max(now, lastMilliseconds)
        thousandths = min(perSecond * 1_000, thousandths + gone * perSecond) - 1_000
        return thousandths >= 0 ? 0 : (-thousandths + perSecond - 1) / perSecond
    }
}
