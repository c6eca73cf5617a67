import Synchronization
import Testing

@testable import Web

@Suite struct RateLimiterTests {
    private final class Uptime: Sendable {
        private let time = Mutex(Duration.zero)
        var now: Duration { time.withLock { $0 } }
        func pass(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    @Test func `only a client above its rate waits, in whole seconds`() {
        let uptime = Uptime()
        let limiter = RateLimiter(count: 2, burst: 3, uptime: { uptime.now })
        let answers = (0..<4).map { _ in limiter.refusal(of: "a") }
        #expect(answers == [nil, nil, nil, 1])
        #expect(limiter.refusal(of: "b") == nil)
        uptime.pass(.milliseconds(499))
        #expect(limiter.refusal(of: "a") == 1)
        uptime.pass(.milliseconds(1))
        #expect(limiter.refusal(of: "a") == nil)
    }

    @Test func `asking without taking counts nothing`() {
        let uptime = Uptime()
        let limiter = RateLimiter(
            count: 1, periodMilliseconds: 60_000, burst: 1, uptime: { uptime.now })
        #expect(limiter.refusal(of: "a", counts: false) == nil)
        #expect(limiter.refusal(of: "a") == nil)
        #expect(limiter.refusal(of: "a", counts: false) == 60)
        uptime.pass(.milliseconds(59_001))
        #expect(limiter.refusal(of: "a", counts: false) == 1)
        #expect(limiter.refusal(of: "a") == 1)
        uptime.pass(.seconds(1))
        #expect(limiter.refusal(of: "a", counts: false) == nil)
        #expect(limiter.refusal(of: "a") == nil)
    }
}
