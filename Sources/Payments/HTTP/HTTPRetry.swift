import Pledging

/// Whether and when a call is made again.
struct HTTPRetry: Sendable {
    /// Whether an answer says that another call may bring more.
    let isWorthAnother: @Sendable (HTTPAnswer) -> Bool

    init(isWorthAnother: @escaping @Sendable (HTTPAnswer) -> Bool = HTTPRetry.tellsNothing) {
        self.isWorthAnother = isWorthAnother
    }

    /// Milliseconds to wait before the next call, after so many; nil when this reply is the last.
    /// Waits double; `Retry-After` makes them longer.
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

    /// Whether an answer says nothing of what became of the order: 409 (another call with the same
    /// key is under way, by the draft of the `Idempotency-Key` header), 429 and 5xx.
    static func tellsNothing(_ answer: HTTPAnswer) -> Bool {
        answer.status == 409 || answer.status == 429 || answer.status >= 500
    }

    /// `Retry-After` in milliseconds, a date by the answer's own clock; 0 where it is missing, or
    /// asks for longer than anybody waits.
    private static func asked(by answer: HTTPAnswer) -> Int64 {
        let seconds = answer.header("retry-after").flatMap {
            InternetDate.retryAfterSeconds($0, at: answer.date)
        }
        guard let seconds, seconds <= longestAskedSeconds else { return 0 }
        return seconds * 1_000
    }

    /// An order that four calls did not settle is asked about another day.
    static let maximumCalls = 4
    private static let firstWaitMilliseconds: Int64 = 500
    private static let longestWaitMilliseconds: Int64 = 8_000
    private static let longestAskedSeconds: Int64 = 86_400
}
