package import Pledging
import Store
package import Webhooks

/// Sends the deliveries that are due: claims them with a lease, a few for each endpoint, posts them
/// in parallel, and records each. If it is killed between a response and its record, that delivery
/// is sent again under the same id. Nothing is marked as delivered that was not.
package enum DeliverWebhooks {
    /// One attempt over the network.
    package typealias Send = @Sendable (WebhookRequest) async -> WebhookReply

    package struct Summary: Hashable, Sendable {
        package var claimed = 0
        package var delivered = 0
        /// Failed this time; retried later.
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

    /// Sends everything that is due when it begins, up to `limit`. Throws Problem `.notPermitted`
    /// on a held book.
    package static func run(
        limit: Int? = nil, through send: @escaping Send, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let sender = DeliverySender(context: context.acting(as: "webhooks"), send: send)
        try await context.beginRun()
        let begun = context.now
        var summary = Summary()
        var inFlight: [ID<WebhookEndpoint>: Int] = [:]
        let attempts = SideBySide(maximum: inFlightMaximum, work: { try await sender.deliver($0) })
        try await attempts.run { room in
            // A slow endpoint occupies only its own few places.
            let room = min(room, (limit ?? Int.max) - summary.claimed)
            let claims = try await sender.claim(dueBy: begun, room, besides: inFlight)
            summary.claimed += claims.count
            for claim in claims { inFlight[claim.endpoint.id, default: 0] += 1 }
            return claims
        } done: { done in
            inFlight[done.endpoint, default: 1] -= 1
            summary.count(done)
            progress(summary.delivered + summary.retried + summary.dead)
        } putBack: { _ in
            // Nothing to do: its lease ends soon.
        }
        return summary
    }

    /// Returns how many are due now.
    package static func due(in context: Context) async throws -> Int {
        try await context.look { try $0.store.backlog(of: .webhooks, at: $0.now)?.count ?? 0 }
    }

    /// Attempts in parallel, in all and for one endpoint.
    private static let inFlightMaximum = 32
    static let endpointMaximum = 4
    /// Seconds of a lease: longer than an attempt may take by its own time limits.
    static let leaseSeconds: Int64 = 60
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
