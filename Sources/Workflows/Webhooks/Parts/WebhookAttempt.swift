import MainstayWebhooks
import Pledging
import Webhooks

extension WebhookRequest {
    /// Makes the request of an event at that moment, to be signed with every secret that is valid
    /// then.
    init(
        _ event: ID<Event>, _ body: String, to endpoint: WebhookEndpoint, at now: Instant
    ) throws {
        self.init(
            url: endpoint.url, id: event.text, timestamp: now.milliseconds / 1_000,
            body: Array(body.utf8),
            secrets: try endpoint.secrets(at: now).map { try WebhookSecret($0) },
            allowsHTTP: endpoint.allowsHTTP, allowsPrivate: endpoint.allowsPrivate)
    }
}

extension AttemptResult {
    init(_ reply: WebhookReply, at now: Instant) {
        switch reply {
        case .failed(let reason): self = .failed(String(reason.prefix(AttemptResult.reasonMaximum)))
        case .answered(let status, let retryAfter):
            let asks = status == 429 || status == 503
            self = .answered(
                status: status,
                retryAfterSeconds: asks
                    ? retryAfter.flatMap { InternetDate.retryAfterSeconds($0, at: now) } : nil)
        }
    }

    private static let reasonMaximum = 200
}
