import Pledging
import Synchronization

/// Limits how often each name may come: `count` times a period in the long run, and `burst` times
/// at once. Idle names are forgotten when there are too many names.
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

    /// Returns nil if one more may come; else the seconds to wait, rounded up. With `counts` false,
    /// it only checks.
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

    /// Forgets the names whose bucket is full; if too many remain, forgets all.
    private func forgetTheIdle(_ buckets: inout [String: TokenBucket], at now: Int64) {
        buckets = buckets.filter { !$0.value.isFull(atMilliseconds: now) }
        if buckets.count >= RateLimiter.maximum { buckets = [:] }
    }

    /// About 10 MB of buckets.
    private static let maximum = 100_000
}
