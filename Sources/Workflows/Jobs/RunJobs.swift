package import Pledging
import Store

/// The job loop: each job on its own cadence, by one process at a time, whoever else runs the loop
/// on the same database. Killed anywhere, another process goes on a minute later.
package enum RunJobs {
    /// Does what is due of a job, and tells what it did; nil or zeros alone where nothing was.
    package typealias Work = @Sendable (Job, Context) async throws -> JSON?

    /// What moves the loop besides the book's clock.
    package struct Pace: Sendable {
        /// Some number of milliseconds up to that many, so that many processes do not keep step.
        package let jitter: @Sendable (Int64) -> Int64
        /// Waits before a lease is renewed; throws when its task is cancelled, which it is once the
        /// work is over.
        package let sleep: @Sendable (Duration) async throws -> Void
        /// Waits between two looks at a job; false when no more is to be begun.
        package let pause: @Sendable (Duration) async -> Bool

        package init(
            jitter: @escaping @Sendable (Int64) -> Int64,
            sleep: @escaping @Sendable (Duration) async throws -> Void,
            pause: @escaping @Sendable (Duration) async -> Bool
        ) {
            self.jitter = jitter
            self.sleep = sleep
            self.pause = pause
        }
    }

    /// Returns once `pace` says that it is over and what was begun has ended. A slow job holds up
    /// no other one.
    package static func run(
        _ work: @escaping Work, at pace: Pace, in context: Context
    ) async {
        await withTaskGroup { group in
            for job in Job.allCases {
                group.addTask {
                    var wait: Duration
                    repeat {
                        wait = await turn(job, work, at: pace, in: context)
                    } while await pace.pause(wait)
                }
            }
        }
    }

    /// One look at a job: runs it if it is due and nobody else does. Returns for how long to wait
    /// before the next look.
    package static func turn(
        _ job: Job, _ work: @escaping Work, at pace: Pace, in context: Context
    ) async -> Duration {
        do {
            if let run = try await begin(job, in: context) {
                // What goes wrong in the work is the job's outcome, and no end of the loop.
                let result = await alive(run, at: pace, in: context) {
                    do {
                        return .success(try await work(job, context.acting(as: job.rawValue)))
                    } catch {
                        return .failure(error)
                    }
                }
                // A write goes through in a task that was cancelled, so no lease is left behind.
                try await end(run, result, at: pace, in: context)
                try Task.checkCancellation()
            }
            return try await untilNext(job, in: context)
        } catch is CancellationError {
            return .zero
        } catch {
            context.log(.error, "job not looked at", ["job": "\(job)", "error": "\(error)"])
            return longestWait
        }
    }

    // MARK: A run

    private struct Begun: Sendable {
        let id: ID<JobRun>
        let standing: JobStanding
        var job: Job { standing.job }
    }

    private static func begin(_ job: Job, in context: Context) async throws -> Begun? {
        let now = context.now
        // Most looks find nothing to be done: a read costs the writers nothing.
        guard try await standing(of: job, in: context)?.isDue(at: now) ?? true else { return nil }
        let id: ID<JobRun> = try context.ids.next(at: now)
        return try await context.change(at: now) { change in
            let present = try change.store.jobs().first { $0.job == job }
            guard present?.isDue(at: change.now) ?? true else { return nil }
            try change.store.begin(
                job, run: id, until: change.now.adding(seconds: JobStanding.leaseSeconds),
                at: change.now)
            var standing = present ?? JobStanding(job: job, nextRunAt: change.now)
            standing.startedAt = change.now
            return Begun(id: id, standing: standing)
        }
    }

    /// The work, while the lease is renewed beside it.
    private static func alive(
        _ run: Begun, at pace: Pace, in context: Context,
        _ work: @escaping @Sendable () async -> Result<JSON?, any Error>
    ) async -> Result<JSON?, any Error> {
        await withTaskGroup(of: Result<JSON?, any Error>?.self) { group in
            group.addTask { await work() }
            group.addTask {
                while (try? await pace.sleep(heartbeat)) != nil {
                    await renewLease(of: run, in: context)
                }
                return nil
            }
            defer { group.cancelAll() }
            // When both are called off the heart stops first; and whatever the work then says of
            // itself, it may have left things undone.
            while let ended = await group.next() {
                if let result = ended, !Task.isCancelled { return result }
            }
            return .failure(CancellationError())
        }
    }

    /// The work goes on whatever becomes of its lease: every job bears being run twice at once.
    private static func renewLease(of run: Begun, in context: Context) async {
        do {
            let isHeld = try await context.change { change in
                try change.store.extend(
                    run.job, run: run.id,
                    until: change.now.adding(seconds: JobStanding.leaseSeconds))
            }
            if !isHeld { context.log(.warning, "job lease lost", ["job": "\(run.job)"]) }
        } catch {
            context.log(
                .warning, "job lease not renewed", ["job": "\(run.job)", "error": "\(error)"])
        }
    }

    private static func end(
        _ run: Begun, _ result: Result<JSON?, any Error>, at pace: Pace, in context: Context
    ) async throws {
        let now = context.now
        var standing = run.standing
        standing.endedAt = now
        switch result {
        case .success(let summary):
            standing.outcome = .done
            standing.failure = nil
            standing.failuresInRow = 0
            // What was done last is of more use than that there was nothing to do since.
            if let text = summary?.withoutNothing?.text, text.utf8.count <= textMaximum {
                standing.summary = text
            }
            let cadence = 1_000 * run.job.cadenceSeconds
            standing.nextRunAt = (standing.startedAt ?? now)
                .adding(milliseconds: cadence + pace.jitter(cadence / 10))
        case .failure(is CancellationError):
            // Called off half-way: whoever is there next goes on.
            standing.nextRunAt = now
        case .failure(let error):
            standing.outcome = .failed
            standing.failure = String(words(of: error).prefix(failureMaximum))
            standing.failuresInRow += 1
            standing.nextRunAt = now.adding(
                seconds: JobStanding.patienceSeconds(after: standing.failuresInRow))
            context.log(
                .error, "job failed",
                ["job": "\(run.job)", "error": "\(error)", "in_row": "\(standing.failuresInRow)"])
        }
        try await context.record { [standing] change in
            try change.store.end(standing, run: run.id)
        }
    }

    private static func words(of error: any Error) -> String {
        (error as? Problem)?.description ?? "\(type(of: error)); the log says more"
    }

    // MARK: Waiting

    private static func untilNext(_ job: Job, in context: Context) async throws -> Duration {
        guard let standing = try await standing(of: job, in: context) else { return .zero }
        let next = max(standing.nextRunAt, standing.leasedUntil ?? standing.nextRunAt)
        let wait = next.milliseconds - context.now.milliseconds
        return min(longestWait, .milliseconds(max(wait, 0)))
    }

    private static func standing(of job: Job, in context: Context) async throws -> JobStanding? {
        try await context.book.read { try $0.jobs().first { $0.job == job } }
    }

    /// Another process may have begun or ended it meanwhile; a clock may have been set.
    private static let longestWait = Duration.seconds(15)
    private static let heartbeat = Duration.seconds(20)
    private static let textMaximum = 4_000
    private static let failureMaximum = 300
}

extension JSON {
    /// The same without zeros and what is empty; nil where nothing is left.
    fileprivate var withoutNothing: JSON? {
        switch self {
        case .integer(0), .null: return nil
        case .object(let members):
            let left = members.compactMap { member in
                member.value.withoutNothing.map { Member(name: member.name, value: $0) }
            }
            return left.isEmpty ? nil : .object(left)
        case .array(let values):
            let left = values.compactMap(\.withoutNothing)
            return left.isEmpty ? nil : .array(left)
        case .string, .integer, .bool, .encoded: return self
        }
    }
}
