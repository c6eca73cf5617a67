package import Pledging
import Store

/// The job loop. Each job runs on its own cadence, in one process at a time, even if several
/// processes run the loop on one database. If a process is killed, another one takes over a minute
/// later.
package enum RunJobs {
    /// Does what is due for a job and returns a summary; nil, or only zeros, when nothing was due.
    package typealias Work = @Sendable (Job, Context) async throws -> JSON?

    /// The randomness and the waiting of the loop.
    package struct Pace: Sendable {
        /// Returns a random number of milliseconds up to the given one, so that processes do not
        /// run in step.
        package let jitter: @Sendable (Int64) -> Int64
        /// Waits before a lease is renewed. Throws when its task is cancelled, which happens when
        /// the work is over.
        package let sleep: @Sendable (Duration) async throws -> Void
        /// Waits between two looks at a job. Returns false when no more run may begin.
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

    /// Runs all jobs. Returns when `pace.pause` has returned false and every run has ended. A slow
    /// job does not delay another one.
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

    /// Looks at a job once, and runs it if it is due and no other process runs it. Returns how long
    /// to wait before the next look.
    package static func turn(
        _ job: Job, _ work: @escaping Work, at pace: Pace, in context: Context
    ) async -> Duration {
        do {
            if let run = try await begin(job, in: context) {
                // An error of the work is the job's outcome and does not end the loop.
                let result = await alive(run, at: pace, in: context) {
                    do {
                        return .success(try await work(job, context.acting(as: job.rawValue)))
                    } catch {
                        return .failure(error)
                    }
                }
                // A cancelled task can still write, so no lease is left behind.
                try await end(run, result, at: pace, in: context)
                try Task.checkCancellation()
            }
            return try await untilNext(job, in: context)
        } catch is CancellationError {
            return .zero
        } catch {
            context.log(
                .error, "a job could not be checked", ["job": "\(job)", "error": "\(error)"])
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
        // Most looks find nothing to do, and a read does not delay writers.
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

    /// Does the work, while a second task renews the lease.
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
            // If both are cancelled, the renewing task ends first. The result of the cancelled work
            // is not used, because it may have left things undone.
            while let ended = await group.next() {
                if let result = ended, !Task.isCancelled { return result }
            }
            return .failure(CancellationError())
        }
    }

    /// Renews the lease. If that fails, the work goes on: every job tolerates being run twice at
    /// once.
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
        let standing = standing(after: result, of: run.standing, at: pace.jitter, in: context)
        if case .failure(let error) = result, !(error is CancellationError) {
            context.log(
                .error, "job failed",
                [
                    "job": "\(run.job)", "error": "\(error)",
                    "in_row": "\(standing.failuresInRow)",
                ])
        }
        try await context.record { change in
            try change.store.end(standing, run: run.id)
        }
    }

    /// Returns the standing of a job after a run that began as `begun` says.
    private static func standing(
        after result: Result<JSON?, any Error>, of begun: JobStanding,
        at jitter: (Int64) -> Int64, in context: Context
    ) -> JobStanding {
        let now = context.now
        var standing = begun
        standing.endedAt = now
        switch result {
        case .success(let summary):
            standing.outcome = .done
            standing.doneAt = now
            standing.failure = nil
            standing.failuresInRow = 0
            // The last summary with something in it is kept, because it is of more use than an
            // empty one.
            if let text = summary?.withoutNothing?.text, text.utf8.count <= textMaximum {
                standing.summary = text
            }
            let cadence = 1_000 * begun.job.cadenceSeconds
            standing.nextRunAt = (standing.startedAt ?? now)
                .adding(milliseconds: cadence + jitter(cadence / 10))
        case .failure(is CancellationError):
            // Cancelled half-way: the next process goes on.
            standing.nextRunAt = now
        case .failure(let error):
            standing.outcome = .failed
            standing.failure = String(words(of: error).prefix(failureMaximum))
            standing.failuresInRow += 1
            standing.nextRunAt = now.adding(
                seconds: JobStanding.patienceSeconds(after: standing.failuresInRow))
        }
        return standing
    }

    private static func words(of error: any Error) -> String {
        (error as? Problem)?.description ?? "\(type(of: error)); see the log"
    }

    // MARK: A run by hand

    /// Does the work of a run that a person or a timer began, and records it as the loop records
    /// its own runs. Nothing is recorded while the loop runs the job, nor if the work throws: a
    /// command that is refused changes nothing. `failure` says what was left undone although
    /// nothing was thrown.
    package static func once<Summary: Sendable>(
        _ job: Job, in context: Context, _ work: () async throws -> Summary,
        json: (Summary) -> JSON, failure: (Summary) -> String? = { _ in nil }
    ) async throws -> Summary {
        let start = context.now
        let summary = try await work()
        let problem = failure(summary).map { Problem(.unavailable, $0) }
        do {
            let result: Result<JSON?, any Error> =
                problem.map { .failure($0) } ?? .success(json(summary))
            try await record(job, since: start, result, in: context)
        } catch {
            context.log(
                .warning, "a run was not recorded", ["job": "\(job)", "error": "\(error)"])
        }
        return summary
    }

    /// Records a run that began at `start`.
    package static func record(
        _ job: Job, since start: Instant, _ result: Result<JSON?, any Error>, in context: Context
    ) async throws {
        let id: ID<JobRun> = try context.ids.next(at: context.now)
        try await context.record { change in
            let known = try change.store.jobs().first { $0.job == job }
            guard (known?.leasedUntil).map({ $0 <= change.now }) ?? true else { return }
            var begun = known ?? JobStanding(job: job, nextRunAt: change.now)
            begun.startedAt = start
            try change.store.begin(job, run: id, until: change.now, at: start)
            let standing = standing(after: result, of: begun, at: { _ in 0 }, in: context)
            try change.store.end(standing, run: id)
        }
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

    /// The longest wait between two looks: another process may have begun or ended the job, or a
    /// clock may have been set.
    private static let longestWait = Duration.seconds(15)
    private static let heartbeat = Duration.seconds(20)
    private static let textMaximum = 4_000
    private static let failureMaximum = 300
}

extension JSON {
    /// Returns the value without zeros and empty members; nil when nothing is left.
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
