import Pledging
import Synchronization

/// How often each of many may come: `count` in each period in the long run, and `burst` at once.
/// Those who have not come for long take no memory.
final class RateLimiter: Sendable {
    private let count: Int64
    private let periodMilliseconds: Int64
    private let burst: Int64
    private let uptime: @Sendable () -> Duration
    private let buckets = Mutex<[String: TokenBucket]>([:])

    init(
        count: Int, periodMilliseconds: Int64 = 1_000, burst: Int,
        uptime: @escaping @Sendable () -> Duration
    ) {
        self.count = Int64(count)
        self.periodMilliseconds = periodMilliseconds
        self.burst = Int64(burst)
        self.uptime = uptime
    }

    /// Nil when one more may come; else the whole seconds to wait. With `counts` false it is only
    /// asked.
    func refusal(of name: String, counts: Bool = true) -> Int? {
        let now = uptime().wholeMilliseconds
        let wait = buckets.withLock { buckets -> Int64 in
            guard counts || buckets[name] != nil else { return 0 }
            if buckets.count >= RateLimiter.maximum { forgetTheIdle(&buckets, at: now) }
            var bucket = buckets[name] ?? newBucket(at: now)
            defer { buckets[name] = bucket }
            return counts
                ? bucket.takeIfReady(atMilliseconds: now) : bucket.wait(atMilliseconds: now)
        }
        return wait == 0 ? nil : Int((wait + 999) / 1_000)
    }

    private func newBucket(at now: Int64) -> TokenBucket {
        TokenBucket(
            count: count, periodMilliseconds: periodMilliseconds, burst: burst,
            atMilliseconds: now)
    }

    /// Forgets whoever would find a full bucket; all of them in a flood of strangers.
    private func forgetTheIdle(_ buckets: inout [String: TokenBucket], at now: Int64) {
        buckets = buckets.filter { !$0.value.isFull(atMilliseconds: now) }
        if buckets.count >= RateLimiter.maximum { buckets = [:] }
    }

    /// Some 10 MB of buckets.
    private static let maximum = 100_000
}
