import MainstayWebhooks
import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Webhooks
import Workflows

/// A receiver that answers as it is told, and keeps what it was sent.
final class ScriptedReceiver: Sendable {
    private let state: Mutex<State>

    private struct State {
        var reply: @Sendable (WebhookRequest) -> WebhookReply
        var requests: [WebhookRequest] = []
        var underWay: [String: Int] = [:]
        var mostUnderWay: [String: Int] = [:]
    }

    init(_ reply: WebhookReply = .answered(status: 200, retryAfter: nil)) {
        state = Mutex(State(reply: { _ in reply }))
    }

    var requests: [WebhookRequest] { state.withLock { $0.requests } }
    /// The most requests to one URL that were in flight at once.
    func mostUnderWay(to url: String) -> Int { state.withLock { $0.mostUnderWay[url] ?? 0 } }

    func answer(_ reply: @escaping @Sendable (WebhookRequest) -> WebhookReply) {
        state.withLock { $0.reply = reply }
    }

    @Sendable func send(_ request: WebhookRequest) async -> WebhookReply {
        let reply = state.withLock { state in
            state.requests.append(request)
            state.underWay[request.url, default: 0] += 1
            state.mostUnderWay[request.url] = max(
                state.mostUnderWay[request.url] ?? 0, state.underWay[request.url] ?? 0)
            return state.reply(request)
        }
        await Task.yield()
        state.withLock { $0.underWay[request.url, default: 1] -= 1 }
        return reply
    }
}

extension TestBook {
    static let receiverURL = "https://hooks.example.org/in"

    @discardableResult
    func addEndpoint(
        _ url: String = receiverURL, events: [String] = []
    ) async throws -> WebhookEndpoint {
        try await AddWebhookEndpoint.run(
            url: url, events: events, allowsHTTP: false, allowsPrivate: false, in: context()
        ).endpoint
    }

    func endpoint(_ id: ID<WebhookEndpoint>) async throws -> WebhookEndpoint {
        try await BrowseBook.webhookEndpoint(id, in: context())
    }

    func deliver(
        to receiver: ScriptedReceiver, limit: Int? = nil, settings: Settings? = nil
    ) async throws -> DeliverWebhooks.Summary {
        try await DeliverWebhooks.run(
            limit: limit, through: receiver.send, in: context(settings: settings))
    }

    func deliveries(
        to endpoint: ID<WebhookEndpoint>? = nil, state: DeliveryState? = nil
    ) async throws -> [StoredDelivery] {
        var found: [StoredDelivery] = []
        try await BrowseBook.deliveries(to: endpoint, state: state, since: nil, in: context()).each
        {
            found.append($0)
        }
        return found
    }

    /// Adds one supporter, and so one event.
    func addPerson(_ number: Int = 0) async throws {
        _ = try await AddSupporter.run(
            PersonInput(email: "reader\(number)@example.org"), in: context())
    }
}
