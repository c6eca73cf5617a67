import Webhooks
import Workflows

extension Session {
    /// Lends a sender of webhooks, and closes all its connections afterwards.
    func sendingWebhooks<Answer>(
        _ body: (@escaping DeliverWebhooks.Send) async throws -> Answer
    ) async throws -> Answer {
        let sender = WebhookSender()
        do {
            let answer = try await body { await sender.send($0) }
            try await sender.close()
            return answer
        } catch {
            try? await sender.close()
            throw error
        }
    }
}

extension SendHeartbeat {
    static let ask: Ask = Heartbeat.ask
}
