/// The delivery of one event to one endpoint.
package struct Delivery: Identified, Hashable, Sendable {
    package static let idPrefix = "dlv"

    package let id: ID<Delivery>
    package let endpointID: ID<WebhookEndpoint>
    package let eventID: ID<Event>
    /// Requested by hand; its outcome does not affect the endpoint's health.
    package let isReplay: Bool
    package let state: DeliveryState
    /// Attempts made so far.
    package let attempts: Int
    package let nextAttemptAt: Instant
    package let createdAt: Instant

    package init(
        id: ID<Delivery>, endpointID: ID<WebhookEndpoint>, eventID: ID<Event>,
        isReplay: Bool = false, state: DeliveryState = .waiting, attempts: Int = 0,
        nextAttemptAt: Instant, createdAt: Instant
    ) {
        self.id = id
        self.endpointID = endpointID
        self.eventID = eventID
        self.isReplay = isReplay
        self.state = state
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.createdAt = createdAt
    }
}

package enum DeliveryState: String, CaseIterable, Sendable { case waiting, delivered, dead }

/// The result of one attempt.
package enum AttemptResult: Hashable, Sendable {
    /// The status of the response and, for 429 and 503, the seconds that it asks to wait.
    case answered(status: Int, retryAfterSeconds: Int64? = nil)
    /// No response; the text says why.
    case failed(String)

    package var status: Int? {
        if case .answered(let status, _) = self { return status }
        return nil
    }

    /// A description of the failure; nil for a success.
    package var error: String? {
        switch self {
        case .failed(let reason): return reason
        case .answered(let status, _):
            if (200..<300).contains(status) { return nil }
            if status == 410 { return "answered 410: the endpoint is gone" }
            let isRedirect = (300..<400).contains(status)
            return "answered \(status)"
                + (isRedirect ? ", a redirect; redirects are not followed" : "")
        }
    }
}

/// What follows from an attempt.
package enum DeliveryStep: Hashable, Sendable {
    case delivered
    case retry(at: Instant)
    /// The last attempt failed.
    case dead
    /// The receiver answered 410 and must get nothing more.
    case gone
}

/// Computes when a failed attempt is repeated.
package enum RetrySchedule {
    /// Seconds after each failed attempt: over three days in all.
    package static let delaysSeconds: [Int64] = [
        5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]
    /// The most that a delay is changed in either direction, in per cent, so that a thousand failed
    /// deliveries are not repeated at one moment.
    package static let jitterPercent: Int64 = 20
    /// The longest wait that a receiver may ask for: a day.
    package static let retryAfterMaximumSeconds: Int64 = 86_400

    /// Returns what follows from the attempt of this number (1, 2, 3 …), which ended at `now`.
    /// `random` is any number, uniformly distributed.
    package static func step(
        after result: AttemptResult, attempt: Int, at now: Instant, random: UInt64
    ) -> DeliveryStep {
        var asked: Int64 = 0
        if case .answered(let status, let retryAfter) = result {
            if (200..<300).contains(status) { return .delivered }
            if status == 410 { return .gone }
            asked = min(max(retryAfter ?? 0, 0), retryAfterMaximumSeconds)
        }
        guard attempt <= delaysSeconds.count else { return .dead }
        let delay = delaysSeconds[attempt - 1] * 1_000
        let width = delay * jitterPercent / 100
        let jitter = Int64(random % UInt64(2 * width + 1)) - width
        return .retry(at: now.adding(milliseconds: max(delay + jitter, asked * 1_000)))
    }
}
