package import Pledging

/// A due reminder, with the facts that decide whether it is still wanted.
package struct DueReminder: Sendable {
    package let reminder: Reminder
    /// The keyed hash of the address; nil when the person was forgotten.
    package let emailHash: [UInt8]?
    package let addressIsConfirmed: Bool
    package let suppression: SuppressionScope?
    package let lastSupportMailAt: Instant?
    /// Whether the person has a live pledge, or one that was completed after the reminder was asked
    /// for.
    package let supportsAlready: Bool
}

/// A due reminder's place in the order of due times.
package struct DuePosition: Sendable {
    package let dueAt: Instant
    package let id: ID<Reminder>
}

extension Transaction {
    /// Returns the next due reminders after `last`, in the order of their due times. `support`
    /// reminders are included only with `withSupport`: they wait until the newsroom may send them.
    package func dueReminders(
        by now: Instant, withSupport: Bool, after last: DuePosition?, limit: Int
    ) throws -> [DuePosition] {
        let due = withSupport ? "" : "AND kind <> 'support'"
        return try connection.run(
            Statement(
                """
                SELECT due_at, id FROM reminders
                WHERE state = 'scheduled' AND due_at <= $1 AND (due_at, id) > ($2, $3) \(due)
                ORDER BY due_at, id LIMIT $4
                """),
            Value(now), Value(last?.dueAt ?? Instant(milliseconds: 0)), .text(last?.id.text ?? ""),
            Value(limit)
        ).read { try DuePosition(dueAt: $0.instant(), id: $0.id()) }
    }

    /// Returns these reminders with the facts that decide about them; those no longer scheduled are
    /// left out.
    package func dueReminders(_ ids: [ID<Reminder>]) throws -> [DueReminder] {
        try dueReminders(Transaction.scheduledByID, ids)
    }

    /// Returns the same of a reminder whose mail is queued; nil when it is in another state.
    package func queuedReminder(_ id: ID<Reminder>) throws -> DueReminder? {
        try dueReminders(Transaction.queuedByID, [id]).first
    }

    private func dueReminders(
        _ statement: Statement, _ ids: [ID<Reminder>]
    ) throws -> [DueReminder] {
        try connection.run(statement, ids.map { [Value($0)] }).read { row in
            try DueReminder(
                reminder: decodeReminder(&row), emailHash: row.blobOrNil(),
                addressIsConfirmed: row.flag(), suppression: row.choiceOrNil(),
                lastSupportMailAt: row.instantOrNil(), supportsAlready: row.flag())
        }
    }

    // The state is in the text: if it were bound, SQLite would prepare the statement anew for each
    // row, because an index has the condition `state = 'scheduled'`.
    private static let scheduledByID = reminders(in: .scheduled)
    private static let queuedByID = reminders(in: .queued)

    private static func reminders(in state: ReminderState) -> Statement {
        Statement(
            """
            SELECT \(Reminder.columns.selected), supporters.email_hash,
                CASE WHEN supporters.confirmed_at IS NOT NULL THEN 1 ELSE 0 END,
                \(widestSuppression(of: "supporters.email_hash")),
                support_mails.last_queued_at,
                CASE WHEN EXISTS (SELECT 1 FROM pledges
                    WHERE pledges.supporter_id = supporters.id
                        AND (pledges.state IN ('active', 'pastDue', 'paused')
                            OR (pledges.state = 'pending' AND pledges.payment_method_id IS NOT NULL)
                            OR (pledges.state = 'completed'
                                AND pledges.ended_at >= reminders.created_at)))
                    THEN 1 ELSE 0 END
            FROM reminders
            JOIN supporters ON supporters.id = reminders.supporter_id
            LEFT JOIN support_mails ON support_mails.email_hash = supporters.email_hash
            WHERE reminders.id = $1 AND reminders.state = '\(state.rawValue)'
            """)
    }

    /// Returns how many `support` reminders are due, counted up to `limit`.
    package func dueSupportReminders(by now: Instant, limit: Int) throws -> Int {
        try connection.run(
            """
            SELECT count(*) FROM (SELECT 1 FROM reminders
                WHERE state = 'scheduled' AND due_at <= $1 AND kind = 'support' LIMIT $2) AS due
            """, Value(now), Value(limit)
        )[0].read { try $0.count() }
    }

    /// Records that a `support` mail to these addresses was queued.
    package func countSupportMails(_ emailHashes: [[UInt8]], at now: Instant) throws {
        _ = try connection.run(
            """
            INSERT INTO support_mails (email_hash, last_queued_at) VALUES ($1, $2)
            ON CONFLICT (email_hash) DO UPDATE SET last_queued_at = excluded.last_queued_at
            """, emailHashes.map { [.blob($0), Value(now)] })
    }

    // MARK: Reminders that follow from the dates of pledges, charges and methods

    /// Returns declined charges of overdue pledges that were first tried from `first` through
    /// `last` and whose readers have no reminder of this period yet. With `isFirst`, only those
    /// that are not tried again.
    package func failedCharges(
        firstTriedFrom first: CivilDate, through last: CivilDate, isFirst: Bool, period: String,
        limit: Int
    ) throws -> [ReminderSource] {
        try connection.run(
            Statement(
                """
                SELECT charges.id, pledges.supporter_id, first_attempt_on
                FROM \(Transaction.chargeTables)
                WHERE charges.state IN ('declined', 'actionRequired')
                    AND charges.state = 'declined' AND pledges.state = 'pastDue'
                    AND ($1 = 0 OR next_step_at IS NULL)
                    AND first_attempt_on >= $2 AND first_attempt_on <= $3
                    AND NOT EXISTS (SELECT 1 FROM reminders WHERE subject_id = charges.id
                        AND kind = 'chargeFailed' AND period = $4)
                ORDER BY first_attempt_on, charges.id LIMIT $5
                """),
            Value(isFirst), Value(first), Value(last), .text(period), Value(limit)
        ).read { row in
            try ReminderSource(
                subjectID: row.text(), supporterID: row.id(), date: row.date(), period: period)
        }
    }

    /// Returns failed charges of overdue pledges that were first tried before `day` and whose
    /// readers were told nothing, because no job ran or no mail left. The reminder's period is
    /// `period`.
    package func untoldCharges(
        firstTriedBefore day: CivilDate, period: String, limit: Int
    ) throws -> [ReminderSource] {
        try connection.run(
            Statement(
                """
                SELECT charges.id, pledges.supporter_id, first_attempt_on
                FROM \(Transaction.chargeTables)
                WHERE charges.state IN ('declined', 'actionRequired')
                    AND (pledges.state = 'pastDue'
                        OR (pledges.state = 'pending' AND charges.state = 'actionRequired'))
                    AND first_attempt_on < $1
                    AND NOT EXISTS (SELECT 1 FROM mail_messages WHERE subject_id = charges.id
                        AND \(Transaction.isFailureMail))
                    AND NOT EXISTS (SELECT 1 FROM reminders WHERE subject_id = charges.id
                        AND kind = 'chargeFailed'
                        AND (reminders.state = 'scheduled' OR period = $2
                            OR (reminders.state = 'skipped' AND (reminders.reason = 'suppressed'
                                OR reminders.reason = 'erased'))))
                ORDER BY first_attempt_on, charges.id LIMIT $3
                """),
            Value(day), .text(period), Value(limit)
        ).read { row in
            try ReminderSource(
                subjectID: row.text(), supporterID: row.id(), date: row.date(), period: period)
        }
    }

    /// Returns charges that wait for the reader at the bank since an attempt in `[since, until)`,
    /// and whose readers have no reminder of this attempt with this suffix yet.
    package func chargesAtBank(
        since: Instant, until: Instant, on day: CivilDate, suffix: String, limit: Int
    ) throws -> [ReminderSource] {
        try connection.run(
            Statement(
                """
                SELECT charges.id, pledges.supporter_id, charges.attempts
                FROM \(Transaction.chargeTables)
                JOIN charge_attempts ON charge_attempts.charge_id = charges.id
                    AND charge_attempts.number = charges.attempts
                WHERE charges.state IN ('declined', 'actionRequired')
                    AND charges.state = 'actionRequired' AND first_attempt_on <= $1
                    AND (pledges.state = 'pastDue' OR pledges.state = 'pending')
                    AND charge_attempts.started_at >= $2 AND charge_attempts.started_at < $3
                    AND NOT EXISTS (SELECT 1 FROM reminders WHERE subject_id = charges.id
                        AND reminders.kind = 'chargeFailed'
                        AND period = CAST(charges.attempts AS TEXT) || $4)
                ORDER BY first_attempt_on, charges.id LIMIT $5
                """),
            Value(day), Value(since), Value(until), .text("/" + suffix), Value(limit)
        ).read { row in
            try ReminderSource(
                subjectID: row.text(), supporterID: row.id(), date: day,
                period: "\(row.integer())/\(suffix)")
        }
    }

    /// Returns paused pledges that resume with a charge due from `first` through `last` and not
    /// announced so far. Those that the reader pays by transfer are left out.
    package func pausesEnding(
        from first: CivilDate, through last: CivilDate, limit: Int
    ) throws -> [ReminderSource] {
        try connection.run(
            """
            SELECT pledges.id, supporter_id, next_charge_on FROM pledges
            WHERE state = 'paused' AND next_charge_on >= $1 AND next_charge_on <= $2
                AND NOT EXISTS (SELECT 1 FROM reminders WHERE subject_id = pledges.id
                    AND kind = 'pauseEnding' AND period = next_charge_on)
                AND NOT EXISTS (SELECT 1 FROM payment_methods
                    WHERE payment_methods.id = payment_method_id
                        AND payment_methods.kind IN ('bankTransfer', 'crypto'))
            ORDER BY next_charge_on, id LIMIT $3
            """, Value(first), Value(last), Value(limit)
        ).read { row in
            let (subjectID, supporterID) = try (row.text(), row.id() as ID<Supporter>)
            let date = try row.date()
            return ReminderSource(
                subjectID: subjectID, supporterID: supporterID, date: date,
                period: date.description)
        }
    }

    /// Returns methods of live pledges that expire in `month` and whose readers have no reminder of
    /// this period (month and suffix) yet.
    package func methodsExpiring(
        in month: YearMonth, suffix: String, limit: Int
    ) throws -> [ReminderSource] {
        try connection.run(
            """
            SELECT payment_methods.id, supporter_id FROM payment_methods
            WHERE state IN ('active', 'expiring') AND expires = $1
                AND EXISTS (SELECT 1 FROM pledges
                    WHERE pledges.supporter_id = payment_methods.supporter_id
                    AND pledges.payment_method_id = payment_methods.id
                    AND pledges.state IN ('pending', 'active', 'pastDue', 'paused'))
                AND NOT EXISTS (SELECT 1 FROM reminders WHERE subject_id = payment_methods.id
                    AND kind = 'methodExpiring' AND period = $2)
            ORDER BY expires, id LIMIT $3
            """, .text(month.description), .text("\(month)/\(suffix)"), Value(limit)
        ).read { row in
            try ReminderSource(
                subjectID: row.text(), supporterID: row.id(), date: month.lastDay,
                period: "\(month)/\(suffix)")
        }
    }
}

/// A pledge, charge or method whose date requires a reminder.
package struct ReminderSource: Sendable {
    package let subjectID: String
    package let supporterID: ID<Supporter>
    package let date: CivilDate
    package let period: String
}
