import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Pledging
import ServiceLifecycle
import UnixSignals
import Workflows

/// The process that a newsroom leaves running: HTTP on a port, the job loop, or both, until it is
/// told to stop.
package struct WebService: Sendable {
    package struct Listener: Sendable {
        package let web: WebContext
        package let opening: WebContext.Opening
        package let host: String
        package let port: Int
        /// Called with the port once the server accepts connections.
        package let listening: @Sendable (Int) -> Void

        package init(
            _ web: WebContext, opening: WebContext.Opening = .everything, host: String, port: Int,
            listening: @escaping @Sendable (Int) -> Void
        ) {
            self.web = web
            self.opening = opening
            self.host = host
            self.port = port
            self.listening = listening
        }
    }

    /// Runs jobs until `pause` returns false.
    package typealias JobLoop =
        @Sendable (_ pause: @escaping @Sendable (Duration) async -> Bool) async -> Void

    package let listener: Listener?
    package let jobs: JobLoop?
    package let logger: Logger

    package init(listener: Listener?, jobs: JobLoop?, logger: Logger) {
        self.listener = listener
        self.jobs = jobs
        self.logger = logger
    }

    /// Returns after SIGTERM or SIGINT, once requests and jobs in flight are finished or 30 s have
    /// passed. Throws Problem if the port cannot be listened on.
    package func run() async throws {
        WebService.raiseFileLimit()
        var services: [any Service] = []
        let (opened, open) = AsyncStream.makeStream(of: Never.self)
        if let listener {
            services.append(application(listener, opened: { open.finish() }))
        } else {
            open.finish()
        }
        if let jobs { services.append(JobService(loop: jobs, start: opened)) }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(WebService.stopSeconds)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw Problem(
                error.errnoCode == EACCES ? .notPermitted : .unavailable, field: .port,
                "cannot listen on \(listener.map { "\($0.host):\($0.port)" } ?? "it") "
                    + "(\(reason)); another program may use it: give another --port")
        }
    }

    private func application(
        _ listener: Listener, opened: @escaping @Sendable () -> Void
    ) -> some Service {
        Application(
            responder: listener.web.responder(listener.opening),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [CompressionInstaller()],
                    idleTimeout: .seconds(WebService.idleSeconds),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: WebService.headerMaximumBytes,
                        maxHeaderListSize: WebService.headerMaximumBytes,
                        maxHeaderFieldCount: WebService.headerMaximum))),
            configuration: .init(
                address: .hostname(listener.host, port: listener.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    WebService.connectionMaximum)),
            onServerRunning: {
                listener.listening($0.localAddress?.port ?? listener.port)
                opened()
            },
            logger: logger)
    }

    /// Seconds after which a silent connection is closed.
    private static let idleSeconds: Int64 = 60
    /// Seconds for requests in flight when the service stops; jobs finish their batch.
    private static let stopSeconds: Int64 = 30
    private static let headerMaximumBytes = 16 << 10
    private static let headerMaximum = 100
    /// Each takes about 20 kB of memory; further connections wait.
    private static let connectionMaximum = 16_000
    /// For connections in and out, and the book's files.
    private static let fileMaximum: rlim_t = 20_000

    /// Raises the limit of open files: shells set it to about a thousand but allow more.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, fileMaximum))
        // If it is refused, connections wait sooner.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// The job loop as a service. Told to stop, it begins nothing more and finishes what it began.
private struct JobService: Service {
    let loop: WebService.JobLoop
    /// Ends once the port is open: a service that cannot open its port begins no job.
    let start: AsyncStream<Never>

    func run() async throws {
        await cancelWhenGracefulShutdown { for await _ in start {} }
        guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
        await loop { duration in
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: duration) }
            return !Task.isShuttingDownGracefully && !Task.isCancelled
        }
    }
}
