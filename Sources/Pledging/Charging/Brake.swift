/// The last calls through one processor. If most of them are declined, the bank, the processor or
/// this program is at fault, and nothing more is charged there until a person has looked into it.
///
/// Only the first call for a charge counts, and only for a pledge that was paid before: most
/// retries fail, and strangers could close the brake with first charges of stolen cards.
package struct Brake: Hashable, Sendable {
    /// The number of calls that are remembered.
    package let calls: Int
    /// A bit for each of them, 1 if it was declined; the lowest bit is the latest call.
    package let declines: Int64

    package init(calls: Int = 0, declines: Int64 = 0) {
        self.calls = calls
        self.declines = declines
    }

    package var declined: Int { declines.nonzeroBitCount }

    /// Whether more than half of the last calls were declined.
    package var isReached: Bool { calls == Brake.window && declined * 2 > Brake.window }

    /// Returns the last calls after another one; the oldest is forgotten.
    package func counting(isDeclined: Bool) -> Brake {
        let mask = Int64(1) << Brake.window - 1
        return Brake(
            calls: min(calls + 1, Brake.window),
            declines: (declines << 1 | (isDeclined ? 1 : 0)) & mask)
    }

    /// Calls that are remembered. Fewer show nothing: a newsroom may have ten readers.
    package static let window = 50
}
