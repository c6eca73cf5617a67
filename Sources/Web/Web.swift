// Web: the door for programs, processors and readers, over HTTP. It reads a request, calls one
// verb, and writes what came of it. It may import Workflows, Pledging and Hummingbird. Never here:
// SQL, a rule of pledges or money, a processor's or a mail's own words, or anything that the
// command line cannot do too.

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
    /// Only ever goes forward.
    let uptime: @Sendable () -> Duration

    /// `context` acts as the service itself; a request that shows a token acts as that token.
    /// `uptime` only ever goes forward.
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

    /// Named limits on what strangers may ask of the service.
    package struct Limits: Sendable {
        /// Of a request's JSON: a pledge has some 1 kB.
        package var bodyMaximumBytes = 64 << 10
        /// Of a processor's message: those that are known stay below 256 kB.
        package var messageMaximumBytes = 1 << 20
        /// Of a file to import: a million rows have some 150 MB.
        package var uploadMaximumBytes = 512 << 20
        /// Until a request's body must have come.
        package var bodySeconds = 30
        /// Requests a second of one token, and as many at once before that counts. A network's
        /// limit is twice a token's, with or without a valid token.
        package var requestsPerSecond = 200
        /// Failed attempts to be let in from one network within a minute; then it waits.
        package var failuresPerMinute = 20
        /// Addresses of proxies whose word on who asked is taken, as `Network.plain` writes them.
        var trustedProxies: Set<String> = []

        package init() {}
    }

    /// A network may hold two programs that are busy at once.
    private static let networkShare = 2

    /// The seconds that a network has to wait, for it came or failed too often; nil when it may
    /// come in.
    func refusal(of network: Network) -> Int? {
        failures.refusal(of: network.name, counts: false) ?? networks.refusal(of: network.name)
    }

    /// It showed a token or a link that is none of ours.
    func countFailure(of network: Network) { _ = failures.refusal(of: network.name) }

    func network(of request: Request, _ state: RequestState) -> Network {
        Network(of: request, peer: state.peer, trusting: limits.trustedProxies)
    }

    /// What of it is open.
    package enum Opening: Sendable {
        case everything
        /// Only what tells how the process is.
        case health
    }

    /// What answers requests, for a server or a test to drive.
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
        // What is asked most comes first: routes are looked through in their order.
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

/// What is known of a request beside what it says.
package struct RequestState: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The other end of the connection; nil in tests that have none.
    let peer: String?
    private let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        peer = channel.remoteAddress?.ipAddress
    }

    /// What still comes of a body that nobody wants is not read for ever.
    func closeSoon() {
        guard peer != nil else { return }
        channel.eventLoop.scheduleTask(in: .seconds(2)) { [channel] in
            channel.close(promise: nil)
        }
    }
}
