import MainstayWebhooks
import Pledging
import Webhooks

extension WebhookRequest {
    /// An attempt of an event at that moment, signed by every secret that is alive then.
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
                retryAfterSeconds: asks ? retryAfter.flatMap { retrySeconds($0, at: now) } : nil)
        }
    }

    private static let reasonMaximum = 200
}

/// `Retry-After` in seconds: a number of them, or a date (RFC 9110, section 10.2.3).
private func retrySeconds(_ text: String, at now: Instant) -> Int64? {
    if let seconds = Int64(text) { return seconds >= 0 ? seconds : nil }
    // Sun, 06 Nov 1994 08:49:37 GMT
    let words = text.split(separator: " ")
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
        let month = months.firstIndex(of: String(words[2])),
        let date = CivilDate(year: year, month: month + 1, day: day)
    else { return nil }
    guard let moment = Instant(rfc3339: "\(date)T\(words[4])Z") else { return nil }
    return max(0, (moment.milliseconds - now.milliseconds) / 1_000)
}
