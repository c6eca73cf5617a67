package import Pledging

extension Transaction {
    /// Those that ever began, by name.
    package func jobs() throws -> [JobStanding] {
        try connection.run(
            """
            SELECT name, leased_until, started_at, ended_at, next_run_at, outcome, summary, failure,
                failures_in_row
            FROM jobs ORDER BY name
            """
        ).compactMap { row in
            // A job of another version of this program.
            guard let job = Job(rawValue: try row.text(0)) else { return nil }
            return JobStanding(
                job: job, leasedUntil: try row.instantOrNil(1), startedAt: try row.instantOrNil(2),
                endedAt: try row.instantOrNil(3), nextRunAt: try row.instant(4),
                outcome: try row.textOrNil(5).flatMap(JobStanding.Outcome.init),
                summary: try row.textOrNil(6), failure: try row.textOrNil(7),
                failuresInRow: Int(try row.integer(8)))
        }
    }

    /// A run of it begins, and has it until then.
    package func begin(_ job: Job, run: ID<JobRun>, until: Instant, at now: Instant) throws {
        _ = try connection.run(
            """
            INSERT INTO jobs (name, leased_by, leased_until, started_at, next_run_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET leased_by = excluded.leased_by,
                leased_until = excluded.leased_until, started_at = excluded.started_at
            """, Value(job), Value(run), Value(until), Value(now), Value(now))
    }

    /// False when another run has it by now.
    package func extend(_ job: Job, run: ID<JobRun>, until: Instant) throws -> Bool {
        try !connection.run(
            "UPDATE jobs SET leased_until = $1 WHERE name = $2 AND leased_by = $3 RETURNING name",
            Value(until), Value(job), Value(run)
        ).isEmpty
    }

    /// The run is over; nothing where another one has the job by now.
    package func end(_ standing: JobStanding, run: ID<JobRun>) throws {
        _ = try connection.run(
            """
            UPDATE jobs SET leased_by = NULL, leased_until = NULL, ended_at = $1, next_run_at = $2,
                outcome = $3, summary = $4, failure = $5, failures_in_row = $6
            WHERE name = $7 AND leased_by = $8
            """, Value(standing.endedAt), Value(standing.nextRunAt), Value(standing.outcome),
            Value(standing.summary), Value(standing.failure),
            .integer(Int64(standing.failuresInRow)), Value(standing.job), Value(run))
    }
}

/// One run of a job; it stands nowhere but in the job's row while it lasts.
package enum JobRun: Identified {
    package static let idPrefix = "run"
}
