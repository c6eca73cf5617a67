import Synchronization

/// Random numbers from a seed (SplitMix64), for one task or for many.
package final class Dice: Sendable {
    private let state: Mutex<UInt64>

    package init(seed: UInt64) { state = Mutex(seed) }

    package func bits() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// Returns new dice with a state of their own, so that more throws here change nothing there.
    package func fork() -> Dice { Dice(seed: bits()) }

    package func below(_ end: Int) -> Int { Int(bits() % UInt64(end)) }

    package func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True so many times in a thousand.
    package func chance(_ perThousand: Int) -> Bool { below(1_000) < perThousand }

    package func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
}
