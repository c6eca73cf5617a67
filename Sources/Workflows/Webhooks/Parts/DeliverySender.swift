import Pledging
import Store
import Webhooks

/// Sends claimed deliveries and records the result of each.
struct DeliverySender: Sendable {
    let context: Context
    let send: DeliverWebhooks.Send

    struct Claim: Sendable {
        let endpoint: WebhookEndpoint
        let claimed: ClaimedDelivery
    }

    struct Done: Sendable {
        let endpoint: ID<WebhookEndpoint>
        /// Nil when another process had settled it.
        let step: DeliveryStep?
        let hasDisabled: Bool
    }

    func claim(
        dueBy begun: Instant, _ room: Int, besides inFlight: [ID<WebhookEndpoint>: Int]
    ) async throws -> [Claim] {
        guard room > 0 else { return [] }
        return try await context.change { change in
            let leasedUntil = change.now.adding(seconds: DeliverWebhooks.leaseSeconds)
            var claims: [Claim] = []
            for id in try change.store.endpointsWithDue(by: begun) {
                let own = DeliverWebhooks.endpointMaximum - inFlight[id, default: 0]
                let slots = min(own, room - claims.count)
                guard slots > 0, let endpoint = try change.store.webhookEndpoint(id) else {
                    continue
                }
                claims += try change.store.claimDeliveries(
                    to: id, dueBy: begun, leasedUntil: leasedUntil, limit: slots
                ).map { Claim(endpoint: endpoint, claimed: $0) }
            }
            return claims
        }
    }

    func deliver(_ claim: Claim) async throws -> Done {
        let delivery = claim.claimed.delivery
        // 1. Send the same bytes each time, under this attempt's timestamp.
        let begun = context.now
        let request = try WebhookRequest(
            delivery.eventID, claim.claimed.body, to: claim.endpoint, at: begun)
        let result = AttemptResult(await send(request), at: begun)
        // 2. Decide what follows.
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
        // 3. Write attempt, delivery and the endpoint's health together.
        return try await context.record(at: now) { change in
            let recorded = try change.store.record(
                attempt, of: delivery, state: step.state, next: step.next ?? change.now)
            guard recorded else {
                return Done(endpoint: delivery.endpointID, step: nil, hasDisabled: false)
            }
            return Done(
                endpoint: delivery.endpointID, step: step,
                hasDisabled: try judge(delivery, step, in: change))
        }
    }

    /// Updates the endpoint's health. Returns whether it is disabled now, because it answered 410
    /// or every attempt has failed for days.
    private func judge(
        _ delivery: Delivery, _ step: DeliveryStep, in change: Change
    ) throws -> Bool {
        let id = delivery.endpointID
        if step == .gone { return try disable(id, "it answered 410 Gone", in: change) }
        // A replay does not affect the endpoint's health.
        if delivery.isReplay { return false }
        if step == .delivered {
            try change.store.markHealthy(id)
            return false
        }
        let days = WebhookEndpoint.failingDaysMaximum
        guard let since = try change.store.markFailing(id, at: change.now),
            since.adding(days: days) <= change.now
        else { return false }
        return try disable(id, "every attempt of \(days) days has failed", in: change)
    }

    private func disable(
        _ id: ID<WebhookEndpoint>, _ reason: String, in change: Change
    ) throws -> Bool {
        guard let endpoint = try change.store.webhookEndpoint(id), endpoint.state == .enabled else {
            return false
        }
        _ = try change.endpoints.disable(endpoint, because: reason)
        try change.attention.raise(.endpointDisabled, id.text, reason)
        let context = context
        change.afterCommit {
            context.log(
                .warning, "webhook endpoint disabled",
                ["endpoint": "\(id)", "reason": "\(reason)"])
        }
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
