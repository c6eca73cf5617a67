package import Pledging
import Store

/// What runs by itself: how each job stands, and what waits for it.
package enum ReportStatus {
    package struct Line: Sendable {
        package let job: Job
        /// Nil before its first run.
        package let standing: JobStanding?
        package let isRunning: Bool
        /// How much is due now; nil where nobody counts it.
        package let waiting: Int?

        package var json: JSON {
            .members([
                "job": .string(job.rawValue),
                "state": .string(isRunning ? "running" : standing == nil ? "never run" : "waiting"),
                "outcome": standing?.outcome.map { .string($0.rawValue) },
                "started_at": standing?.startedAt.map { .string($0.rfc3339) },
                "ended_at": standing?.endedAt.map { .string($0.rfc3339) },
                "next_run_at": standing.map { .string($0.nextRunAt.rfc3339) },
                "failures_in_row": standing.map { .integer(Int64($0.failuresInRow)) },
                "failure": standing?.failure.map { .string($0) },
                "did": standing?.summary.map { .encoded($0) },
                "due": waiting.map { .integer(Int64($0)) },
            ])
        }
    }

    package static func run(in context: Context) async throws -> [Line] {
        let now = context.now
        let standings = try await context.book.read { try $0.jobs() }
        var lines: [Line] = []
        for job in Job.allCases {
            let standing = standings.first { $0.job == job }
            lines.append(
                Line(
                    job: job, standing: standing,
                    isRunning: (standing?.leasedUntil).map { $0 > now } ?? false,
                    waiting: try await waiting(for: job, in: context)))
        }
        return lines
    }

    private static func waiting(for job: Job, in context: Context) async throws -> Int? {
        switch job {
        case .mail: return try await DeliverMail.due(in: context)
        case .webhooks: return try await DeliverWebhooks.due(in: context)
        case .seal: return try await SealEvents.waiting(in: context)
        case .reconcile:
            let due = try await ReconcileCharges.due(in: context)
            return due.messages + due.charges + due.refunds
        case .billing, .reminders, .retention: return nil
        }
    }
}
