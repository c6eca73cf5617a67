import Pledging
import Testing

struct BrakeTests {
    /// The brake after these calls; `d` is a declined one.
    private func brake(after calls: String) -> Brake {
        calls.reduce(Brake()) { $0.counting(isDeclined: $1 == "d") }
    }

    @Test(arguments: [
        ("", 0, 0, false), (String(repeating: "d", count: 49), 49, 49, false),
        (String(repeating: "d", count: 50), 50, 50, true),
        (String(repeating: "sd", count: 25), 50, 25, false),
        (String(repeating: "sd", count: 24) + "dd", 50, 26, true),
        // Only the last fifty count.
        (String(repeating: "d", count: 60) + String(repeating: "s", count: 25), 50, 25, false),
        (String(repeating: "s", count: 500) + String(repeating: "d", count: 25), 50, 25, false),
        (String(repeating: "s", count: 500) + String(repeating: "d", count: 26), 50, 26, true),
    ])
    func `more than half of the last fifty calls close it`(
        calls: String, count: Int, declined: Int, isReached: Bool
    ) {
        let brake = brake(after: calls)
        #expect(brake.calls == count && brake.declined == declined)
        #expect(brake.isReached == isReached)
        #expect(brake.declines >= 0)
    }
}
