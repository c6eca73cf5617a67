// Web: the HTTP interface for programs, processors and readers. It reads a request, calls one verb,
// and writes the answer. It may import Workflows, Pledging and Hummingbird. Never here: SQL, a rule
// of pledges or money, a processor's or a mail's format, or anything that the command line cannot
// do too.

package import Hummingbird
import HummingbirdCore
import NIOCore
package import Workflows

/// Everything that the service needs besides the network.
package struct WebContext: Sendable {
    let limits: Limits
    let context: Context
    let processors: Processors
    let sendWebhook: DeliverWebhooks.Send
    let metrics: ServiceMetrics
    let tokens: KnownTokens
    let requests: RateLimiter
    private let networks: RateLimiter
    private let failures: RateLimiter
    /// Never decreases.
    let uptime: @Sendable () -> Duration

    /// `context` acts as the service itself; a request with a token acts as that token. `uptime`
    /// never decreases.
    package init(
        _ context: Context, through processors: Processors,
        sending sendWebhook: @escaping DeliverWebhooks.Send, metrics: ServiceMetrics,
        limits: Limits, uptime: @escaping @Sendable () -> Duration
    ) {
        self.context = context
        self.processors = processors
        self.sendWebhook = sendWebhook
        self.metrics = metrics
        self.limits = limits
        self.uptime = uptime
        tokens = KnownTokens(uptime: uptime)
        requests = RateLimiter(
            count: limits.requestsPerSecond, burst: limits.requestsPerSecond, uptime: uptime)
        let ofNetwork = limits.requestsPerSecond * WebContext.networkShare
        networks = RateLimiter(count: ofNetwork, burst: ofNetwork, uptime: uptime)
        failures = RateLimiter(
            count: limits.failuresPerMinute, periodMilliseconds: 60_000,
            burst: limits.failuresPerMinute, uptime: uptime)
    }

    /// Limits on what clients may send to the service.
    package struct Limits: Sendable {
        /// Of a request's JSON; a pledge takes about 1 kB.
        package var bodyMaximumBytes = 64 << 10
        /// Of a processor's message; the known ones are below 256 kB.
        package var messageMaximumBytes = 1 << 20
        /// Of a file to import; a million rows take about 150 MB.
        package var uploadMaximumBytes = 512 << 20
        /// Seconds within which a request's body must arrive.
        package var bodySeconds = 30
        /// One token's requests a second, and its burst. A network's limit is twice a token's, with
        /// or without a valid token.
        package var requestsPerSecond = 200
        /// Unknown tokens and links that one network may show within a minute; then it must wait.
        package var failuresPerMinute = 20
        /// Addresses of the proxies whose X-Forwarded-For counts, as `Network.plain` writes them.
        var trustedProxies: Set<String> = []

        package init() {}
    }

    /// Two busy programs may share a network.
    private static let networkShare = 2

    /// Counts a request of the network. Returns the seconds that it must wait, because it came or
    /// failed too often; nil if it may proceed.
    func refusal(of network: Network) -> Int? {
        failures.refusal(of: network.name, counts: false) ?? networks.refusal(of: network.name)
    }

    /// Counts an unknown token or link that the network showed.
    func countFailure(of network: Network) { _ = failures.refusal(of: network.name) }

    func network(of request: Request, _ state: RequestState) -> Network {
        Network(of: request, peer: state.peer, trusting: limits.trustedProxies)
    }

    /// Which routes are served.
    package enum Opening: Sendable {
        case everything
        /// Only health and metrics.
        case health
    }

    /// Returns the responder to requests, for a server or a test.
    package func responder(_ opening: Opening = .everything) -> some HTTPResponder<RequestState> {
        router(opening).buildResponder()
    }

    private func router(_ opening: Opening) -> Router<RequestState> {
        let router = Router(context: RequestState.self, options: .autoGenerateHeadEndpoints)
        let gate = Gate(web: self)
        router.add(middleware: RequestMetrics(metrics: metrics))
        router.add(middleware: CompressionMark())
        let operations = opening == .everything ? OperationTable.all : []
        router.add(
            middleware: ErrorMiddleware(
                table: operations,
                readerFolders: opening == .everything ? ReaderPages.folders : []))
        // The most frequent routes come first, because routes are searched in order.
        for operation in operations {
            router.on(operation.routerPath, method: operation.method) { request, state in
                try await gate.answer(request, state, operation)
            }
        }
        HealthRoutes(web: self).add(to: router)
        MetricsRoute(web: self).add(to: router)
        guard opening == .everything else { return router }
        InboundRoutes(web: self).add(to: router)
        ReaderPages(web: self).add(to: router)
        ReferenceRoutes().add(to: router)
        return router
    }
}

/// What the service knows of a request besides its content.
package struct RequestState: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The address of the other end of the connection; nil in tests without one.
    let peer: String?
    private let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        peer = channel.remoteAddress?.ipAddress
    }

    /// Closes the connection after 2 s, so that the rest of an unwanted body is not read for ever.
    func closeSoon() {
        guard peer != nil else { return }
        channel.eventLoop.scheduleTask(in: .seconds(2)) { [channel] in
            channel.close(promise: nil)
        }
    }
}
