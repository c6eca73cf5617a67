/// What came of one call over the wire.
enum StripeReply: Sendable {
    case answered(StripeAnswer)
    /// No whole answer: why, in words for an operator that hold no secret.
    case silent(String)
}

struct StripeAnswer: Sendable {
    let status: Int
    let body: [UInt8]
    /// `Date`, as it came.
    var date: String?
    /// `Retry-After`, as it came.
    var retryAfter: String?
    /// `Stripe-Should-Retry`, as it came.
    var shouldRetry: String?

    var isSuccess: Bool { (200...299).contains(status) }
}

/// Whether a call is made again, under the same key. By docs.stripe.com/error-low-level and
/// Stripe's own libraries: the header decides where it is sent; else 409 (the key is in use by
/// another call), 429, 5xx and silence are worth another call.
enum StripeRetry {
    static let maximumCalls = 4
    private static let firstWaitMilliseconds: Int64 = 500
    private static let longestWaitMilliseconds: Int64 = 8_000

    /// Milliseconds to wait before the next call, after so many; nil when this reply is the last.
    static func wait(after reply: StripeReply, calls: Int) -> Int64? {
        guard calls < maximumCalls, isWorthAnother(reply) else { return nil }
        let doubled = firstWaitMilliseconds << Int64(min(calls - 1, 10))
        let own = min(doubled, longestWaitMilliseconds)
        return max(own, asked(of: reply) ?? 0)
    }

    /// Whether the last reply tells nothing of what became of the order.
    static func isWorthAnother(_ reply: StripeReply) -> Bool {
        guard case .answered(let answer) = reply else { return true }
        if answer.isSuccess { return false }
        switch answer.shouldRetry {
        case "true": return true
        case "false": return false
        default: return tellsNothing(answer.status)
        }
    }

    /// Whether a status says nothing of whether money moved.
    static func tellsNothing(_ status: Int) -> Bool {
        status == 409 || status == 429 || status >= 500
    }

    /// `Retry-After` in seconds. Stripe sends no date there.
    private static func asked(of reply: StripeReply) -> Int64? {
        guard case .answered(let answer) = reply, let text = answer.retryAfter,
            let seconds = Int64(text), (0...86_400).contains(seconds)
        else { return nil }
        return seconds * 1_000
    }
}
