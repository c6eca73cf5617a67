/// Conditions that the rows of a sound book meet, beyond the constraints of the schema.
package enum Invariant: String, CaseIterable, Sendable {
    case eventForEveryVersion = "every version has its event"
    case methodOfSamePerson = "a pledge pays by its supporter's own method"
    case queuedReminderHasMail = "a queued reminder has its mail"
    case periodChargedOnce = "no period is covered by two charges"
    case pledgeCountsCharges = "a pledge counts its payments"
}

extension Transaction {
    /// Returns how many rows violate the invariant.
    package func violations(of invariant: Invariant) throws -> Int {
        let statement: Statement =
            switch invariant {
            case .eventForEveryVersion:
                """
                SELECT count(*) FROM (
                    SELECT id, version FROM supporters UNION ALL
                    SELECT id, version FROM payment_methods UNION ALL
                    SELECT id, version FROM pledges UNION ALL
                    SELECT id, version FROM reminders UNION ALL
                    SELECT id, version FROM charges) AS subjects
                WHERE subjects.version <> (SELECT count(*) FROM events
                    WHERE events.subject_id = subjects.id
                        AND events.sequence <= subjects.version)
                """
            case .methodOfSamePerson:
                """
                SELECT count(*) FROM pledges
                JOIN payment_methods ON payment_methods.id = pledges.payment_method_id
                WHERE payment_methods.supporter_id <> pledges.supporter_id
                """
            case .periodChargedOnce:
                """
                SELECT count(*) FROM charges
                JOIN charges AS later ON later.pledge_id = charges.pledge_id
                    AND later.first_period > charges.first_period
                    AND later.first_period < charges.first_period + charges.period_count
                WHERE charges.period_count > 1
                """
            case .pledgeCountsCharges:
                """
                SELECT count(*) FROM pledges
                WHERE (charges_succeeded > 0 OR total_given_minor > 0)
                    AND (charges_succeeded, total_given_minor) <> (
                        SELECT count(*),
                            CAST(coalesce(sum(amount_minor - refunded_minor), 0) AS BIGINT)
                        FROM charges WHERE charges.pledge_id = pledges.id
                            AND charges.state = 'succeeded')
                """
            case .queuedReminderHasMail:
                """
                SELECT count(*) FROM reminders WHERE state = 'queued'
                    AND NOT EXISTS (SELECT 1 FROM mail_messages
                        WHERE mail_messages.subject_id = reminders.subject_id
                            AND (mail_messages.kind = reminders.kind
                                OR mail_messages.kind = 'actionNeeded'
                                AND reminders.kind = 'chargeFailed')
                            AND mail_messages.period = reminders.period)
                """
            }
        return try connection.run(statement)[0].read { try $0.count() }
    }
}
