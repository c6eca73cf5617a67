package import Pledging

extension Transaction {
    package func insert(_ reminder: Reminder) throws {
        _ = try connection.run(insertReminder, [values(of: reminder)])
    }

    /// Inserts those that are not there yet, by subject, kind and period; returns which went in.
    package func insertNew(_ reminders: [Reminder]) throws -> Set<ID<Reminder>> {
        let statement = Statement(
            insertReminder.sql
                + " ON CONFLICT (subject_id, kind, period) DO NOTHING RETURNING id")
        return Set(try connection.run(statement, reminders.map(values)).map { try $0.id(0) })
    }

    /// Stores the new version over the one before it; StaleVersion when that is not the stored one.
    package func update(_ reminder: Reminder, at now: Instant) throws {
        let rows = try connection.run(
            """
            UPDATE reminders SET due_on = $1, due_at = $2, every_months = $3, first_on = $4,
                confirmed_at = $5, consent_at = $6, consent_door = $7, consent_wording = $8,
                state = $9, reason = $10, version = $11, updated_at = $12
            WHERE id = $13 AND version = $11 - 1 RETURNING id
            """,
            Value(reminder.dueOn), Value(reminder.dueAt),
            Value(reminder.series.map { Int64($0.everyMonths) }), Value(reminder.series?.firstOn),
            Value(reminder.confirmedAt), Value(reminder.consent?.at),
            Value(reminder.consent?.door), Value(reminder.consent?.wording),
            Value(reminder.state), Value(reminder.reason), .integer(reminder.version), Value(now),
            Value(reminder.id))
        if rows.isEmpty { throw StaleVersion(id: reminder.id.text) }
    }

    /// Moves reminders from `scheduled`; returns those that were still scheduled, by id.
    package func settle(_ reminders: [Reminder], at now: Instant) throws -> Set<ID<Reminder>> {
        let rows = try connection.run(
            """
            UPDATE reminders SET state = $1, reason = $2, version = $3, updated_at = $4
            WHERE id = $5 AND state = 'scheduled' AND version = $3 - 1 RETURNING id
            """,
            reminders.map {
                [
                    Value($0.state), Value($0.reason), .integer($0.version), Value(now),
                    Value($0.id),
                ]
            })
        return Set(try rows.map { try $0.id(0) })
    }

    package func reminder(_ id: ID<Reminder>) throws -> Reminder? {
        try connection.run(
            Statement("SELECT \(reminderColumns) FROM reminders WHERE id = $1"), Value(id)
        ).first.map(decodeReminder)
    }

    /// Reminders in the order of their ids, after `last`; nil conditions match all.
    package func reminders(
        state: ReminderState?, dueBefore: Instant?, after last: String, limit: Int
    ) throws -> [Reminder] {
        try connection.run(
            Statement(
                """
                SELECT \(reminderColumns) FROM reminders
                WHERE id > $1 AND state = coalesce($2, state) AND due_at < $3 ORDER BY id LIMIT $4
                """),
            .text(last), Value(state), .integer(dueBefore?.milliseconds ?? Int64.max),
            Value(limit)
        ).map(decodeReminder)
    }

    /// A person's reminders, in any state.
    package func reminders(of supporter: ID<Supporter>) throws -> [Reminder] {
        try connection.run(
            Statement(
                "SELECT \(reminderColumns) FROM reminders WHERE supporter_id = $1 ORDER BY id"),
            Value(supporter)
        ).map(decodeReminder)
    }

    /// A person's `support` reminders that have not gone out yet.
    package func openSupportReminders(of supporter: ID<Supporter>) throws -> [Reminder] {
        try connection.run(
            Statement(
                """
                SELECT \(reminderColumns) FROM reminders
                WHERE supporter_id = $1 AND state = 'scheduled' AND kind = 'support' ORDER BY id
                """), Value(supporter)
        ).map(decodeReminder)
    }

    /// What is scheduled about a pledge or a method.
    package func scheduledReminders(about subjectID: String) throws -> [Reminder] {
        try connection.run(
            Statement(
                """
                SELECT \(reminderColumns) FROM reminders
                WHERE subject_id = $1 AND state = 'scheduled' ORDER BY id
                """), .text(subjectID)
        ).map(decodeReminder)
    }

    /// How many `support` reminders were asked for since `moment`, counted up to `limit`.
    package func supportRequests(since moment: Instant, limit: Int) throws -> Int {
        try connection.run(
            """
            SELECT count(*) FROM (SELECT 1 FROM reminders
                WHERE kind = 'support' AND created_at > $1 AND occurrence = 1
                    AND consent_door <> 'import' LIMIT $2)
                AS recent
            """, Value(moment), Value(limit))[0].count(0)
    }

    // MARK: Columns

    var reminderColumns: String {
        """
        reminders.id, reminders.supporter_id, reminders.kind, subject_id, period, due_on, due_at,
        every_months, first_on, occurrence, reminders.confirmed_at, consent_at, consent_door,
        consent_wording, reminders.state, reminders.reason, reminders.version, reminders.created_at
        """
    }

    static let reminderColumnCount = 18

    private var insertReminder: Statement {
        """
        INSERT INTO reminders (id, supporter_id, kind, subject_id, period, due_on, due_at,
            every_months, first_on, occurrence, confirmed_at, consent_at, consent_door,
            consent_wording, state, reason, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $18)
        """
    }

    private func values(of reminder: Reminder) -> [Value] {
        [
            Value(reminder.id), Value(reminder.supporterID), Value(reminder.kind),
            .text(reminder.subjectID), .text(reminder.period), Value(reminder.dueOn),
            Value(reminder.dueAt), Value(reminder.series.map { Int64($0.everyMonths) }),
            Value(reminder.series?.firstOn), Value(reminder.occurrence),
            Value(reminder.confirmedAt), Value(reminder.consent?.at),
            Value(reminder.consent?.door), Value(reminder.consent?.wording),
            Value(reminder.state), Value(reminder.reason), .integer(reminder.version),
            Value(reminder.createdAt),
        ]
    }

    func decodeReminder(_ row: Row) throws -> Reminder {
        var series: Reminder.Series?
        if let months = try row.integerOrNil(7) {
            series = Reminder.Series(everyMonths: Int(months), firstOn: try row.date(8))
        }
        var consent: Reminder.Consent?
        if let at = try row.instantOrNil(11) {
            consent = Reminder.Consent(
                at: at, door: try row.text(12), wording: try row.text(13))
        }
        return Reminder(
            id: try row.id(0), supporterID: try row.id(1), kind: try row.choice(2),
            subjectID: try row.text(3), period: try row.text(4), dueOn: try row.date(5),
            dueAt: try row.instant(6), series: series, occurrence: try row.count(9),
            confirmedAt: try row.instantOrNil(10), consent: consent, state: try row.choice(14),
            reason: try row.textOrNil(15), version: try row.integer(16),
            createdAt: try row.instant(17))
    }
}
