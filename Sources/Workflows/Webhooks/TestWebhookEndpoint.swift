package import Pledging
import Store
package import Webhooks

/// Sends one signed test event at once and returns what came back. Nothing is stored, and the
/// endpoint's health is not affected.
package enum TestWebhookEndpoint {
    package struct Outcome: Sendable {
        package let result: AttemptResult
        package let durationMilliseconds: Int64

        package var json: JSON {
            .members([
                "delivered": .bool(result.error == nil),
                "status": result.status.map { .integer(Int64($0)) },
                "error": result.error.map { .string($0) },
                "duration_ms": .integer(durationMilliseconds),
            ])
        }
    }

    /// Throws Problem `.notFound` for an unknown endpoint.
    package static func run(
        _ id: ID<WebhookEndpoint>, through send: @Sendable (WebhookRequest) async -> WebhookReply,
        in context: Context
    ) async throws -> Outcome {
        let endpoint = try await context.look { try $0.existing(id) }
        let begun = context.now
        let event: ID<Event> = try context.ids.next(at: begun)
        let body: JSON = [
            "type": "test", "timestamp": .string(begun.rfc3339),
            "data": ["webhook_endpoint_id": .string(id.text)],
        ]
        let request = try WebhookRequest(event, body.text, to: endpoint, at: begun)
        let result = AttemptResult(await send(request), at: begun)
        return Outcome(
            result: result,
            durationMilliseconds: context.now.milliseconds - begun.milliseconds)
    }
}
