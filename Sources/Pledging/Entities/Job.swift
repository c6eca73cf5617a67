/// A job that runs periodically.
package enum Job: String, CaseIterable, Sendable {
    case billing, reminders, mail, webhooks, reconcile, books, retention, seal, attention

    /// Seconds from the start of one run to the earliest start of the next. A run does only what is
    /// due, so a short cadence costs a few reads.
    package var cadenceSeconds: Int64 {
        switch self {
        case .mail, .webhooks: 15
        case .billing, .reminders, .reconcile, .attention: 300
        case .seal: 3_600
        case .retention, .books: 86_400
        }
    }
}

/// The state of a job.
package struct JobStanding: Hashable, Sendable {
    package enum Outcome: String, Sendable { case done, failed }

    package let job: Job
    /// The end of the lease of the process that runs it; nil if none does.
    package var leasedUntil: Instant?
    package var startedAt: Instant?
    package var endedAt: Instant?
    /// When it last ended without an error.
    package var doneAt: Instant?
    package var nextRunAt: Instant
    package var outcome: Outcome?
    /// What the last run did, as JSON.
    package var summary: String?
    /// Why the last run failed.
    package var failure: String?
    package var failuresInRow: Int

    package init(
        job: Job, leasedUntil: Instant? = nil, startedAt: Instant? = nil, endedAt: Instant? = nil,
        doneAt: Instant? = nil, nextRunAt: Instant, outcome: Outcome? = nil,
        summary: String? = nil, failure: String? = nil, failuresInRow: Int = 0
    ) {
        self.job = job
        self.leasedUntil = leasedUntil
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.doneAt = doneAt
        self.nextRunAt = nextRunAt
        self.outcome = outcome
        self.summary = summary
        self.failure = failure
        self.failuresInRow = failuresInRow
    }

    /// Returns whether the job may begin. A lease or a next run that lies over twice as far ahead
    /// as possible was written by a clock that was ahead, and is ignored. Twice, because the clocks
    /// of several machines need not agree to the second.
    package func isDue(at now: Instant) -> Bool {
        if let leasedUntil, leasedUntil > now,
            leasedUntil <= now.adding(seconds: 2 * JobStanding.leaseSeconds)
        {
            return false
        }
        let longest = max(job.cadenceSeconds, JobStanding.patienceMaximumSeconds)
        return nextRunAt <= now || nextRunAt > now.adding(seconds: 2 * longest)
    }

    /// Returns whether its last good run is longer ago than `seconds` and its cadence. A time far
    /// ahead was written by a clock that was wrong, and does not count.
    package func isLate(by seconds: Int64, at now: Instant) -> Bool {
        guard let doneAt, doneAt <= now.adding(seconds: job.cadenceSeconds) else { return true }
        return doneAt.adding(seconds: seconds + job.cadenceSeconds) < now
    }

    /// Returns the seconds until a job that failed `failures` times in a row is tried again: 60,
    /// doubled with each further failure, at most an hour.
    package static func patienceSeconds(after failures: Int) -> Int64 {
        min(patienceMaximumSeconds, 60 << Int64(min(failures - 1, 6)))
    }

    /// Whether it has failed for an hour: the waits between so many failures add up to that.
    package var hasFailedForAnHour: Bool {
        guard failuresInRow > 1 else { return false }
        let waits = (1..<min(failuresInRow, 10)).map(JobStanding.patienceSeconds)
        return waits.reduce(0, +) >= 3_600
    }

    /// Seconds after which a run that did not renew its lease is taken for dead.
    package static let leaseSeconds: Int64 = 60
    private static let patienceMaximumSeconds: Int64 = 3_600
}

/// The work that waits for a job: how many items, and since when the first of them waits.
package struct Backlog: Hashable, Sendable {
    package let count: Int
    package let since: Instant?

    package init(count: Int, since: Instant?) {
        self.count = count
        self.since = since
    }
}
