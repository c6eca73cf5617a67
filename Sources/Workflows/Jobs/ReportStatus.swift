package import Pledging
import Store

/// Reports the state of each job, and what waits for it.
package enum ReportStatus {
    package struct Line: Sendable {
        package let job: Job
        /// Nil before its first run.
        package let standing: JobStanding?
        package let isRunning: Bool
        /// What is due now; nil for a job whose backlog is not counted.
        package let backlog: Backlog?

        package var json: JSON {
            .members([
                "job": .string(job.rawValue),
                "state": .string(isRunning ? "running" : standing == nil ? "never run" : "waiting"),
                "outcome": standing?.outcome.map { .string($0.rawValue) },
                "started_at": standing?.startedAt.map { .string($0.rfc3339) },
                "ended_at": standing?.endedAt.map { .string($0.rfc3339) },
                "done_at": standing?.doneAt.map { .string($0.rfc3339) },
                "next_run_at": standing.map { .string($0.nextRunAt.rfc3339) },
                "failures_in_row": standing.map { .integer(Int64($0.failuresInRow)) },
                "failure": standing?.failure.map { .string($0) },
                "did": standing?.summary.map { .encoded($0) },
                "due": backlog.map { .integer(Int64($0.count)) },
                "due_since": backlog?.since.map { .string($0.rfc3339) },
            ])
        }
    }

    /// Returns one line for each job.
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
                    backlog: try await context.book.read { try $0.backlog(of: job, at: now) }))
        }
        return lines
    }

    /// Returns whether a job's next run has come.
    package static func isDue(_ job: Job, in context: Context) async throws -> Bool {
        let now = context.now
        let standing = try await context.book.read { try $0.jobs().first { $0.job == job } }
        return standing?.isDue(at: now) ?? true
    }

    /// Returns the jobs whose last good run is longer ago than `seconds` and their cadence, with
    /// the time of that run; nil before the first.
    package static func late(
        by seconds: Int64, in context: Context
    ) async throws -> [(job: Job, doneAt: Instant?)] {
        let now = context.now
        let standings = try await context.book.read { try $0.jobs() }
        return Job.allCases.compactMap { job in
            let standing = standings.first { $0.job == job }
            guard standing?.isLate(by: seconds, at: now) ?? true else { return nil }
            return (job, standing?.doneAt)
        }
    }

    /// Returns how many attentions are open, by kind.
    package static func openAttention(
        in context: Context
    ) async throws -> [Attention.Kind: Int] {
        try await context.book.read { try $0.openAttentionCounts() }
    }
}
