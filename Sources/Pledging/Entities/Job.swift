/// Work that recurs by itself.
package enum Job: String, CaseIterable, Sendable {
    case billing, reminders, mail, webhooks, reconcile, retention, seal

    /// From the beginning of one run to that of the next, at the soonest. Each run only does what
    /// is due, so that a short cadence costs a few reads.
    package var cadenceSeconds: Int64 {
        switch self {
        case .mail, .webhooks: 15
        case .billing, .reminders, .reconcile: 300
        case .seal: 3_600
        case .retention: 86_400
        }
    }
}

/// How a job stands.
package struct JobStanding: Hashable, Sendable {
    package enum Outcome: String, Sendable { case done, failed }

    package let job: Job
    /// A process runs it, and has it until then.
    package var leasedUntil: Instant?
    package var startedAt: Instant?
    package var endedAt: Instant?
    package var nextRunAt: Instant
    package var outcome: Outcome?
    /// What the last run did, as JSON.
    package var summary: String?
    /// Why the last run failed.
    package var failure: String?
    package var failuresInRow: Int

    package init(
        job: Job, leasedUntil: Instant? = nil, startedAt: Instant? = nil, endedAt: Instant? = nil,
        nextRunAt: Instant, outcome: Outcome? = nil, summary: String? = nil,
        failure: String? = nil, failuresInRow: Int = 0
    ) {
        self.job = job
        self.leasedUntil = leasedUntil
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.nextRunAt = nextRunAt
        self.outcome = outcome
        self.summary = summary
        self.failure = failure
        self.failuresInRow = failuresInRow
    }

    /// Whether it may begin. A clock that was ahead and was set right does not make anybody wait
    /// for long: what stands twice as far ahead as can be is not believed. Clocks of several
    /// machines need not agree to the second.
    package func isDue(at now: Instant) -> Bool {
        if let leasedUntil, leasedUntil > now,
            leasedUntil <= now.adding(seconds: 2 * JobStanding.leaseSeconds)
        {
            return false
        }
        let longest = max(job.cadenceSeconds, JobStanding.patienceMaximumSeconds)
        return nextRunAt <= now || nextRunAt > now.adding(seconds: 2 * longest)
    }

    /// Seconds until a job that failed so often in a row is tried again: 60, then ever more.
    package static func patienceSeconds(after failures: Int) -> Int64 {
        min(patienceMaximumSeconds, 60 << Int64(min(failures - 1, 6)))
    }

    /// Seconds that a run is taken for alive without a word from it.
    package static let leaseSeconds: Int64 = 60
    private static let patienceMaximumSeconds: Int64 = 3_600
}

/// What waits for a job: how much of it, and since when the first.
package struct Backlog: Hashable, Sendable {
    package let count: Int
    package let since: Instant?

    package init(count: Int, since: Instant?) {
        self.count = count
        self.since = since
    }
}
