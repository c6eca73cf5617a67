package import Pledging

extension Transaction {
    /// Returns the jobs that ever began, by name.
    package func jobs() throws -> [JobStanding] {
        try connection.run(
            Statement("SELECT \(JobStanding.columns.selected) FROM jobs ORDER BY name")
        ).read(decodeJob).compactMap(\.self)
    }

    /// Records that a run of a job begins, and leases the job to it until `until`.
    package func begin(_ job: Job, run: ID<JobRun>, until: Instant, at now: Instant) throws {
        _ = try connection.run(
            """
            INSERT INTO jobs (name, leased_by, leased_until, started_at, next_run_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET leased_by = excluded.leased_by,
                leased_until = excluded.leased_until, started_at = excluded.started_at
            """, Value(job), Value(run), Value(until), Value(now), Value(now))
    }

    /// Extends the lease of a run. Returns false when another run has the job by now.
    package func extend(_ job: Job, run: ID<JobRun>, until: Instant) throws -> Bool {
        try !connection.run(
            "UPDATE jobs SET leased_until = $1 WHERE name = $2 AND leased_by = $3 RETURNING name",
            Value(until), Value(job), Value(run)
        ).isEmpty
    }

    /// Ends a run: releases its lease and writes the result. Does nothing when another run has the
    /// job by now.
    package func end(_ standing: JobStanding, run: ID<JobRun>) throws {
        let isOwn = try !connection.run(
            """
            UPDATE jobs SET leased_by = NULL, leased_until = NULL
            WHERE name = $1 AND leased_by = $2 RETURNING name
            """, Value(standing.job), Value(run)
        ).isEmpty
        if isOwn { try updateRow(standing, JobStanding.columns) }
    }

    // MARK: Columns

    /// In the order of `JobStanding.columns`; nil for a job of another version of this program.
    private func decodeJob(_ row: inout RowReader) throws -> JobStanding? {
        guard let job = Job(rawValue: try row.text()) else {
            row.passOverRest()
            return nil
        }
        return try JobStanding(
            job: job, leasedUntil: row.instantOrNil(), startedAt: row.instantOrNil(),
            endedAt: row.instantOrNil(), doneAt: row.instantOrNil(), nextRunAt: row.instant(),
            outcome: row.textOrNil().flatMap(JobStanding.Outcome.init), summary: row.textOrNil(),
            failure: row.textOrNil(), failuresInRow: row.count())
    }
}

extension JobStanding {
    /// The lease is written by `begin`, `extend` and `end`.
    static let columns = EntityColumns<JobStanding>(
        "jobs",
        [
            .key("name") { Value($0.job) },
            .read("leased_until"),
            .read("started_at"),
            .changing("ended_at") { Value($0.endedAt) },
            .changing("done_at") { Value($0.doneAt) },
            .changing("next_run_at") { Value($0.nextRunAt) },
            .changing("outcome") { Value($0.outcome) },
            .changing("summary") { Value($0.summary) },
            .changing("failure") { Value($0.failure) },
            .changing("failures_in_row") { Value($0.failuresInRow) },
        ])
}

/// One run of a job. It is stored only in the job's row, while it lasts.
package enum JobRun: Identified {
    package static let idPrefix = "run"
}
