package import Pledging

extension Transaction {
    /// Returns how much is due for a job and not leased, and since when; nil for the jobs `billing`
    /// and `retention`, which decide themselves what is to be done.
    package func backlog(of job: Job, at now: Instant) throws -> Backlog? {
        guard let due = Transaction.due(to: job) else { return nil }
        return try connection.run(
            Statement("SELECT count(*), min(since) FROM (\(due)) AS due"), Value(now)
        )[0].read { try Backlog(count: $0.count(), since: $0.instantOrNil()) }
    }

    private static func due(to job: Job) -> String? {
        switch job {
        case .reminders:
            "SELECT due_at AS since FROM reminders WHERE state = 'scheduled' AND due_at <= $1"
        case .mail:
            """
            SELECT next_attempt_at AS since FROM mail_messages WHERE state = 'queued'
                AND next_attempt_at <= $1 AND coalesce(leased_until, 0) <= $1
            """
        case .webhooks:
            """
            SELECT next_attempt_at AS since FROM webhook_deliveries
            JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
            WHERE webhook_deliveries.state = 'waiting' AND webhook_endpoints.state = 'enabled'
                AND next_attempt_at <= $1 AND coalesce(leased_until, 0) <= $1
            """
        case .reconcile:
            """
            SELECT received_at AS since FROM processor_events
                WHERE state = 'waiting' AND received_at <= $1
            UNION ALL SELECT next_step_at FROM charges WHERE next_step_at <= $1
                AND state IN (\(ChargeState.askedAbout.map { "'\($0.rawValue)'" }
                    .joined(separator: ", ")))
            UNION ALL SELECT next_step_at FROM refunds WHERE next_step_at <= $1
            """
        case .seal:
            "SELECT at AS since FROM events WHERE audit_position IS NULL AND at <= $1"
        case .attention, .billing, .books, .retention: nil
        }
    }
}
