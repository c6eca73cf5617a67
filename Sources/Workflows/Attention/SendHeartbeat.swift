import Pledging
import Store

/// Tells a dead-man's switch that the jobs do their work: whoever runs it is told when this stops.
package enum SendHeartbeat {
    /// Asks a URL. Returns nil when it was answered, else why not.
    package typealias Ask = @Sendable (_ url: String) async -> String?

    /// Asks the URL of the settings if every job has had a good run lately. Returns whether it was
    /// answered; nil when there is none to ask. Nothing is asked from a held copy: the present book
    /// has its own.
    package static func run(
        through ask: Ask, in context: Context
    ) async throws -> Bool? {
        guard let url = context.settings.heartbeatURL, try await !context.isHeld() else {
            return nil
        }
        // This runs inside the job `attention`, or after it.
        let late = try await ReportStatus.late(by: roundSeconds, in: context)
            .filter { $0.job != .attention }
        guard late.isEmpty else {
            // A service that has just begun has not done all of them yet.
            context.log(
                late.allSatisfy { $0.doneAt == nil } ? .debug : .warning,
                "no heartbeat: jobs are late",
                ["jobs": "\(late.map(\.job.rawValue).joined(separator: " "))"])
            return false
        }
        if let failure = await ask(url) {
            context.log(.warning, "the heartbeat was not answered", ["reason": "\(failure)"])
            return false
        }
        return true
    }

    /// How long a job may go without a good run beyond its cadence: three rounds.
    private static let roundSeconds: Int64 = 900
}
