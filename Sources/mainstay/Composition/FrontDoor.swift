import Foundation
import Web
import Workflows

extension Session {
    /// Lends a WebContext with this session's book, processors and webhook sender.
    func openDoor(
        counting metrics: ServiceMetrics,
        _ body: (WebContext, Processors) async throws -> Void
    ) async throws {
        let limits = try source.webLimits()
        try await reachingProcessors { processors in
            try await sendingWebhooks { send in
                let web = WebContext(
                    context.acting(as: "serve"), through: processors, sending: send,
                    metrics: metrics, limits: limits, uptime: Session.uptime)
                try await body(web, processors)
            }
        }
    }

    func serviceMetrics() -> ServiceMetrics {
        let path = location.path
        return ServiceMetrics(uptime: Session.uptime) {
            // The write-ahead log is a part of the database.
            let sizes = [path, path + "-wal"].compactMap {
                try? FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int64
            }
            return sizes.isEmpty ? nil : sizes.reduce(0, +)
        }
    }

    private static let started = ContinuousClock.now

    @Sendable private static func uptime() -> Duration { ContinuousClock.now - started }
}
