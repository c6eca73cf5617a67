import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Pledging
import ServiceLifecycle
import UnixSignals
import Workflows

/// The service on a port of this machine, until it is told to stop.
package struct WebService: Sendable {
    package let door: WebDoor
    package let host: String
    package let port: Int
    package let logger: Logger

    package init(_ door: WebDoor, host: String, port: Int, logger: Logger) {
        self.door = door
        self.host = host
        self.port = port
        self.logger = logger
    }

    /// Returns once SIGTERM or SIGINT came and what was in flight is answered, or its time is over.
    /// `listening` is told the port. Throws Problem where the port cannot be had.
    package func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        let application = Application(
            responder: door.responder(),
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(WebService.idleSeconds),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: WebService.headerMaximumBytes,
                        maxHeaderListSize: WebService.headerMaximumBytes,
                        maxHeaderFieldCount: WebService.headerMaximum))),
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    WebService.connectionMaximum)),
            onServerRunning: { channel in listening(channel.localAddress?.port ?? port) },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(WebService.stopSeconds)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw Problem(
                error.errnoCode == EACCES ? .notPermitted : .unavailable, field: "port",
                "\(host):\(port) cannot be listened on (\(reason)); another program may have it: "
                    + "give another --port")
        }
    }

    /// Seconds that a connection may be silent.
    private static let idleSeconds: Int64 = 60
    /// Seconds that requests in flight are given when the service stops; jobs finish their batch.
    private static let stopSeconds: Int64 = 30
    private static let headerMaximumBytes = 16 << 10
    private static let headerMaximum = 100
    /// File descriptors are finite; more connections than this wait their turn.
    private static let connectionMaximum = 10_000
}
