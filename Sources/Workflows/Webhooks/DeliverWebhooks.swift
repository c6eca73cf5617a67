package import Pledging
import Store
package import Webhooks

/// Sends the deliveries that are due: claims them with a lease, a few for each endpoint, posts them
/// side by side, and records each. Killed between an answer and its record, it sends that one again
/// under the same id; it never marks as delivered what was not.
package enum DeliverWebhooks {
    /// One attempt over the network.
    package typealias Send = @Sendable (WebhookRequest) async -> WebhookReply

    package struct Summary: Hashable, Sendable {
        package var claimed = 0
        package var delivered = 0
        /// Failed this time; tried again later.
        package var retried = 0
        /// Given up.
        package var dead = 0
        package var disabledEndpoints = 0

        package var json: JSON {
            [
                "claimed": .integer(Int64(claimed)), "delivered": .integer(Int64(delivered)),
                "retried": .integer(Int64(retried)), "dead": .integer(Int64(dead)),
                "disabled_endpoints": .integer(Int64(disabledEndpoints)),
            ]
        }
    }

    /// Everything that is due when it begins, up to `limit`.
    package static func run(
        limit: Int? = nil, through send: @escaping Send, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let sender = DeliverySender(context: context.acting(as: "webhooks"), send: send)
        try await context.beginRun()
        let begun = context.now
        var summary = Summary()
        var inFlight: [ID<WebhookEndpoint>: Int] = [:]
        try await withThrowingTaskGroup(of: DeliverySender.Done.self) { group in
            while true {
                // 1. As many as may be under way: a slow endpoint has its own few, no more.
                let free = inFlightMaximum - inFlight.values.reduce(0, +)
                let room = min(free, (limit ?? Int.max) - summary.claimed)
                for claim in try await sender.claim(dueBy: begun, room, besides: inFlight) {
                    summary.claimed += 1
                    inFlight[claim.endpoint.id, default: 0] += 1
                    group.addTask { try await sender.deliver(claim) }
                }
                // 2. The first that is done makes room for the next.
                guard let done = try await group.next() else { return }
                inFlight[done.endpoint, default: 1] -= 1
                summary.count(done)
                progress(summary.delivered + summary.retried + summary.dead)
            }
        }
        return summary
    }

    /// How many are due now.
    package static func due(in context: Context) async throws -> Int {
        let now = context.now
        return try await context.book.read { try $0.backlog(of: .webhooks, at: now)?.count ?? 0 }
    }

    /// Attempts side by side, in all and for one endpoint.
    private static let inFlightMaximum = 32
    fileprivate static let endpointMaximum = 4
    /// Longer than an attempt may take by its own time limits.
    fileprivate static let leaseSeconds: Int64 = 60
}

extension DeliverWebhooks.Summary {
    fileprivate mutating func count(_ done: DeliverySender.Done) {
        switch done.step {
        case .delivered: delivered += 1
        case .retry: retried += 1
        case .dead, .gone: dead += 1
        case nil: break
        }
        if done.hasDisabled { disabledEndpoints += 1 }
    }
}

/// Takes claimed deliveries over the network and records what came of each.
private struct DeliverySender: Sendable {
    let context: Context
    let send: DeliverWebhooks.Send

    struct Claim: Sendable {
        let endpoint: WebhookEndpoint
        let claimed: ClaimedDelivery
    }

    struct Done: Sendable {
        let endpoint: ID<WebhookEndpoint>
        /// Nil when somebody else had settled it.
        let step: DeliveryStep?
        let hasDisabled: Bool
    }

    func claim(
        dueBy begun: Instant, _ room: Int, besides inFlight: [ID<WebhookEndpoint>: Int]
    ) async throws -> [Claim] {
        guard room > 0 else { return [] }
        let leasedUntil = context.now.adding(seconds: DeliverWebhooks.leaseSeconds)
        return try await context.book.write { transaction in
            var claims: [Claim] = []
            for id in try transaction.endpointsWithDue(by: begun) {
                let own = DeliverWebhooks.endpointMaximum - inFlight[id, default: 0]
                let slots = min(own, room - claims.count)
                guard slots > 0, let endpoint = try transaction.webhookEndpoint(id) else {
                    continue
                }
                claims += try transaction.claimDeliveries(
                    to: id, dueBy: begun, leasedUntil: leasedUntil, limit: slots
                ).map { Claim(endpoint: endpoint, claimed: $0) }
            }
            return claims
        }
    }

    func deliver(_ claim: Claim) async throws -> Done {
        let delivery = claim.claimed.delivery
        // 1. The same bytes each time, under a timestamp of its own.
        let begun = context.now
        let request = try WebhookRequest(
            delivery.eventID, claim.claimed.body, to: claim.endpoint, at: begun)
        let result = AttemptResult(await send(request), at: begun)
        // 2. What follows from it, decided by values alone.
        let now = context.now
        let number = delivery.attempts + 1
        let step = RetrySchedule.step(
            after: result, attempt: number, at: now,
            random: try context.book.keys.number(for: delivery.id, number))
        let attempt = DeliveryAttempt(
            number: number, at: begun,
            durationMilliseconds: max(0, now.milliseconds - begun.milliseconds),
            status: result.status, error: result.error)
        context.log(
            .debug, "webhook attempt",
            [
                "delivery": "\(delivery.id)", "number": "\(number)",
                "result": "\(result.status.map(String.init) ?? result.error ?? "none")",
            ])
        // 3. Attempt, delivery and the endpoint's health, together.
        return try await context.book.writePatiently { transaction in
            let recorded = try transaction.record(
                attempt, of: delivery, state: step.state, next: step.next ?? now)
            guard recorded else {
                return Done(endpoint: delivery.endpointID, step: nil, hasDisabled: false)
            }
            return Done(
                endpoint: delivery.endpointID, step: step,
                hasDisabled: try judge(delivery, step, transaction, at: now))
        }
    }

    /// Whether the endpoint is disabled by it: it said so, or nothing has worked for days.
    private func judge(
        _ delivery: Delivery, _ step: DeliveryStep, _ transaction: Transaction, at now: Instant
    ) throws -> Bool {
        let id = delivery.endpointID
        if step == .gone { return try disable(id, "it answered 410 Gone", transaction, now) }
        // Somebody who replays what failed must not be taken for failure.
        if delivery.isReplay { return false }
        if step == .delivered {
            try transaction.markHealthy(id)
            return false
        }
        let days = WebhookEndpoint.failingDaysMaximum
        guard let since = try transaction.markFailing(id, at: now), since.adding(days: days) <= now
        else { return false }
        return try disable(id, "every attempt of \(days) days has failed", transaction, now)
    }

    private func disable(
        _ id: ID<WebhookEndpoint>, _ reason: String, _ transaction: Transaction, _ now: Instant
    ) throws -> Bool {
        guard let endpoint = try transaction.webhookEndpoint(id), endpoint.state == .enabled else {
            return false
        }
        _ = try transaction.disable(
            endpoint, because: reason, tellsOperator: true, in: context, at: now)
        context.log(
            .warning, "webhook endpoint disabled", ["endpoint": "\(id)", "reason": "\(reason)"])
        return true
    }
}

extension DeliveryStep {
    fileprivate var state: DeliveryState {
        switch self {
        case .delivered: .delivered
        case .retry: .waiting
        case .dead, .gone: .dead
        }
    }

    fileprivate var next: Instant? {
        if case .retry(let at) = self { return at }
        return nil
    }
}
