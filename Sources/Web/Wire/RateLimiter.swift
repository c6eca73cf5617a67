import Synchronization

/// How often each of many may come: `perSecond` in the long run, and as many as fill `burst` at
/// once. Those who have not come for long take no memory.
final class RateLimiter: Sendable {
    private struct Bucket {
        var level: Double
        var at: Duration
    }

    private let perSecond: Double
    private let burst: Double
    private let uptime: @Sendable () -> Duration
    private let buckets = Mutex<[String: Bucket]>([:])

    init(perSecond: Double, burst: Double, uptime: @escaping @Sendable () -> Duration) {
        self.perSecond = perSecond
        self.burst = burst
        self.uptime = uptime
    }

    /// Nil when one more may come; else the whole seconds to wait. With `counts` false it is only
    /// asked.
    func refusal(of name: String, counts: Bool = true) -> Int? {
        let now = uptime()
        return buckets.withLock { buckets in
            guard counts || buckets[name] != nil else { return nil }
            if buckets.count >= RateLimiter.maximum { drain(&buckets, at: now) }
            var bucket = buckets[name] ?? Bucket(level: 0, at: now)
            bucket.level = max(0, bucket.level - seconds(now - bucket.at) * perSecond)
            bucket.at = now
            defer { buckets[name] = bucket }
            guard bucket.level + 1 <= burst else {
                return max(1, Int(((bucket.level + 1 - burst) / perSecond).rounded(.up)))
            }
            if counts { bucket.level += 1 }
            return nil
        }
    }

    /// Forgets whoever would find an empty bucket; all of them in a flood of strangers.
    private func drain(_ buckets: inout [String: Bucket], at now: Duration) {
        buckets = buckets.filter { seconds(now - $0.value.at) * perSecond < $0.value.level }
        if buckets.count >= RateLimiter.maximum { buckets = [:] }
    }

    private func seconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Some 10 MB of buckets.
    private static let maximum = 100_000
}
