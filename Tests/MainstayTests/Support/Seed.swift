import Foundation
import Glibc

/// The source of a test's random moments: SplitMix64 (Steele, Lea, Flood 2014). A failure names the
/// seed; MAINSTAY_TEST_SEED repeats it.
struct Seed: CustomStringConvertible {
    let description: String
    private var state: UInt64

    init(_ purpose: String) {
        let given = ProcessInfo.processInfo.environment["MAINSTAY_TEST_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0..<1_000_000)
        state = seed
        description = "MAINSTAY_TEST_SEED=\(seed) (\(purpose))"
        print(description)
    }

    mutating func next(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }

    /// From 0 to 1.
    mutating func fraction() -> Double { Double(next(below: 1_000_000)) / 1_000_000 }
}

func sleep(for duration: Duration) {
    usleep(UInt32(max(0, duration / .microseconds(1))))
}
