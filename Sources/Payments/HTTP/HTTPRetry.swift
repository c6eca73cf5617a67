import Pledging

/// Decides whether and when a call is repeated.
struct HTTPRetry: Sendable {
    /// Whether repeating the call after this answer may bring a better one.
    let isWorthAnother: @Sendable (HTTPAnswer) -> Bool

    init(isWorthAnother: @escaping @Sendable (HTTPAnswer) -> Bool = HTTPRetry.tellsNothing) {
        self.isWorthAnother = isWorthAnother
    }

    /// Returns the milliseconds to wait before the next call, after `calls` calls; nil if this
    /// reply is final. Waits double each time; `Retry-After` lengthens them.
    func wait(after reply: HTTPReply, calls: Int) -> Int64? {
        guard calls < HTTPRetry.maximumCalls else { return nil }
        let doubled = HTTPRetry.firstWaitMilliseconds << Int64(min(calls - 1, 10))
        let own = min(doubled, HTTPRetry.longestWaitMilliseconds)
        switch reply {
        case .silent: return own
        case .answered(let answer):
            return isWorthAnother(answer) ? max(own, HTTPRetry.asked(by: answer)) : nil
        }
    }

    /// Whether an answer leaves open what became of the order: 409 (another call with the same key
    /// is under way, by the draft of the `Idempotency-Key` header), 429 and 5xx.
    static func tellsNothing(_ answer: HTTPAnswer) -> Bool {
        answer.status == 409 || answer.status == 429 || answer.status >= 500
    }

    /// Returns `Retry-After` in milliseconds; a date is compared with the answer's own `Date`.
    /// Returns 0 if it is missing or asks for more than a day.
    private static func asked(by answer: HTTPAnswer) -> Int64 {
        let seconds = answer.header("retry-after").flatMap {
            InternetDate.retryAfterSeconds($0, at: answer.date)
        }
        guard let seconds, seconds <= longestAskedSeconds else { return 0 }
        return seconds * 1_000
    }

    /// A later run looks up an order that four calls did not settle.
    static let maximumCalls = 4
    private static let firstWaitMilliseconds: Int64 = 500
    private static let longestWaitMilliseconds: Int64 = 8_000
    private static let longestAskedSeconds: Int64 = 86_400
}
