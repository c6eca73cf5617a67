import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Pledging
import ServiceLifecycle
import UnixSignals
import Workflows

/// What a newsroom leaves running: the door on a port of this machine, the job loop, or both, until
/// it is told to stop.
package struct WebService: Sendable {
    package struct Listener: Sendable {
        package let web: WebContext
        package let opening: WebContext.Opening
        package let host: String
        package let port: Int
        /// Told the port once it answers.
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

    /// Goes on until what it is handed says that no more is to be begun.
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

    /// Returns once SIGTERM or SIGINT came and what was in flight is answered and done, or its time
    /// is over. Throws Problem where the port cannot be had.
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
                "\(listener.map { "\($0.host):\($0.port)" } ?? "it") cannot be listened on "
                    + "(\(reason)); another program may have it: give another --port")
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

    /// Seconds that a connection may be silent.
    private static let idleSeconds: Int64 = 60
    /// Seconds that requests in flight are given when the service stops; jobs finish their batch.
    private static let stopSeconds: Int64 = 30
    private static let headerMaximumBytes = 16 << 10
    private static let headerMaximum = 100
    /// Some 20 kB of memory each; more connections than this wait their turn.
    private static let connectionMaximum = 16_000
    /// For connections, the book's files and the ways out.
    private static let fileMaximum: rlim_t = 20_000

    /// Shells give a program a thousand files, and leave to open more.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, fileMaximum))
        // Where it is refused, connections wait their turn sooner.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// The job loop among the services: told to stop, it begins nothing more and ends what it began.
private struct JobService: Service {
    let loop: WebService.JobLoop
    /// Over once the port is had: a service that cannot open its door begins no job either.
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
