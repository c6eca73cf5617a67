package import Pledging

extension Transaction {
    package func insert(_ reminder: Reminder) throws {
        try insertRow(reminder, Reminder.columns)
    }

    /// Inserts the reminders that do not exist yet, by subject, kind and period; returns the ids of
    /// those inserted.
    package func insertNew(_ reminders: [Reminder]) throws -> Set<ID<Reminder>> {
        let rows = try reminders.map { try Reminder.columns.inserted($0, keys) }
        return Set(
            try connection.run(Transaction.insertNewReminder, rows).read { try $0.id() })
    }

    private static let insertNewReminder = Statement(
        Reminder.columns.insert.sql
            + " ON CONFLICT (subject_id, kind, period) DO NOTHING RETURNING id")

    /// Writes the new version. Throws StaleVersion when the stored one is not the version before
    /// it.
    package func update(_ reminder: Reminder, at now: Instant) throws {
        guard try updateRow(reminder, Reminder.columns, at: now) else {
            throw StaleVersion(id: reminder.id.text)
        }
    }

    /// Moves reminders out of `scheduled`; returns the ids of those that were still scheduled.
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
        return Set(try rows.read { try $0.id() })
    }

    package func reminder(_ id: ID<Reminder>) throws -> Reminder? {
        try connection.run(Transaction.reminderByID, Value(id)).first?.read(decodeReminder)
    }

    private static let reminderByID = Statement(
        "SELECT \(Reminder.columns.selected) FROM reminders WHERE id = $1")

    /// Returns reminders after `last`, in the order of their ids; a condition that is nil matches
    /// all.
    package func reminders(
        state: ReminderState?, dueBefore: Instant?, after last: String, limit: Int
    ) throws -> [Reminder] {
        try connection.run(
            Statement(
                """
                SELECT \(Reminder.columns.selected) FROM reminders
                WHERE id > $1 AND state = coalesce($2, state) AND due_at < $3 ORDER BY id LIMIT $4
                """),
            .text(last), Value(state), .integer(dueBefore?.milliseconds ?? Int64.max),
            Value(limit)
        ).read(decodeReminder)
    }

    /// Returns a person's reminders, in any state.
    package func reminders(of supporter: ID<Supporter>) throws -> [Reminder] {
        try connection.run(
            Statement(
                """
                SELECT \(Reminder.columns.selected) FROM reminders
                WHERE supporter_id = $1 ORDER BY id
                """),
            Value(supporter)
        ).read(decodeReminder)
    }

    /// Returns a person's `support` reminders that are still scheduled.
    package func openSupportReminders(of supporter: ID<Supporter>) throws -> [Reminder] {
        try connection.run(Transaction.openSupportRemindersOfSupporter, Value(supporter))
            .read(decodeReminder)
    }

    private static let openSupportRemindersOfSupporter = Statement(
        """
        SELECT \(Reminder.columns.selected) FROM reminders
        WHERE supporter_id = $1 AND state = 'scheduled' AND kind = 'support' ORDER BY id
        """)

    /// Returns the scheduled reminders about a subject, such as a pledge or a method.
    package func scheduledReminders(about subjectID: String) throws -> [Reminder] {
        try connection.run(Transaction.scheduledRemindersOfSubject, .text(subjectID))
            .read(decodeReminder)
    }

    private static let scheduledRemindersOfSubject = Statement(
        """
        SELECT \(Reminder.columns.selected) FROM reminders
        WHERE subject_id = $1 AND state = 'scheduled' ORDER BY id
        """)

    /// Returns how many `support` reminders were asked for since `moment`, counted up to `limit`;
    /// imports do not count.
    package func supportRequests(since moment: Instant, limit: Int) throws -> Int {
        try connection.run(
            """
            SELECT count(*) FROM (SELECT 1 FROM reminders
                WHERE kind = 'support' AND created_at > $1 AND occurrence = 1
                    AND consent_door <> 'import' LIMIT $2)
                AS recent
            """, Value(moment), Value(limit)
        )[0].read { try $0.count() }
    }

    // MARK: Columns

    /// In the order of `Reminder.columns`.
    func decodeReminder(_ row: inout RowReader) throws -> Reminder {
        try Reminder(
            id: row.id(), supporterID: row.id(), kind: row.choice(), subjectID: row.text(),
            period: row.text(), dueOn: row.date(), dueAt: row.instant(),
            series: row.groupOrNil(of: 2) {
                try Reminder.Series(everyMonths: $0.count(), firstOn: $0.date())
            },
            occurrence: row.count(), confirmedAt: row.instantOrNil(),
            consent: row.groupOrNil(of: 3) {
                try Reminder.Consent(at: $0.instant(), door: $0.text(), wording: $0.text())
            },
            state: row.choice(), reason: row.textOrNil(), version: row.integer(),
            createdAt: row.instant())
    }
}

extension Reminder {
    static let columns = EntityColumns<Reminder>(
        "reminders",
        [
            .key("id") { Value($0.id) },
            .fixed("supporter_id") { Value($0.supporterID) },
            .fixed("kind") { Value($0.kind) },
            .fixed("subject_id") { .text($0.subjectID) },
            .fixed("period") { .text($0.period) },
            .changing("due_on") { Value($0.dueOn) },
            .changing("due_at") { Value($0.dueAt) },
            .changing("every_months") { Value($0.series.map { Int64($0.everyMonths) }) },
            .changing("first_on") { Value($0.series?.firstOn) },
            .fixed("occurrence") { Value($0.occurrence) },
            .changing("confirmed_at") { Value($0.confirmedAt) },
            .changing("consent_at") { Value($0.consent?.at) },
            .changing("consent_door") { Value($0.consent?.door) },
            .changing("consent_wording") { Value($0.consent?.wording) },
            .changing("state") { Value($0.state) },
            .changing("reason") { Value($0.reason) },
            .version { $0.version },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])
}
