package import Pledging

// Removes a person from the book, with every row of theirs.

extension Transaction {
    // MARK: The redaction under way

    /// Returns the id of the event for this redaction; one that was interrupted continues under its
    /// own id.
    package func beginRedaction(as id: ID<Event>) throws -> ID<Event> {
        try connection.run(
            "UPDATE newsroom SET redaction_id = coalesce(redaction_id, $1) RETURNING redaction_id",
            Value(id)
        )[0].read { try $0.id() }
    }

    package func endRedaction() throws {
        _ = try connection.run("UPDATE newsroom SET redaction_id = NULL")
    }

    /// Returns the sequence of the next event about a subject that has no version of its own.
    package func nextSequence(of subjectID: String) throws -> Int64 {
        try connection.run(
            "SELECT coalesce(max(sequence), 0) + 1 FROM events WHERE subject_id = $1",
            .text(subjectID)
        )[0].read { try $0.integer() }
    }

    // MARK: Rows

    /// Deletes everything about a person: rows, events, deliveries, and the suppressions of the
    /// address. Their payments stay in the monthly sums. Returns their mails, which may be in the
    /// outbox.
    package func removeEverything(
        of person: ID<Supporter>, redaction: ID<Event>
    ) throws -> [ID<QueuedMail>] {
        var subjects =
            try [person.text] + pledges(of: person).map(\.id.text)
            + paymentMethods(of: person).map(\.id.text) + reminders(of: person).map(\.id.text)
            + charges(of: person).map(\.id.text)
            + charges(of: person).flatMap { try extraPayments(of: $0.id) }.map(\.id.text)
        subjects += try deleteAttentions(about: subjects).map(\.text)
        try foldCharges(of: person)
        for subject in subjects { _ = try redactEvents(about: subject, by: redaction.text) }
        let mails = try deleteMails(of: person)
        if let hash = try emailHash(of: person) {
            for key in [hash, try keys.forgotten(hash)] { try deleteSuppressions(key) }
        }
        for statement in Transaction.removals {
            _ = try connection.run(statement, Value(person))
        }
        return mails
    }

    /// Children are deleted before their parents; a reference within one table is cleared first.
    private static let removals: [Statement] = removalTexts.map { Statement($0) }

    private static let chargesOfPerson = """
        SELECT charges.id FROM charges JOIN pledges ON pledges.id = charges.pledge_id
        WHERE pledges.supporter_id = $1
        """

    private static let removalTexts = [
        "DELETE FROM mail_links WHERE supporter_id = $1",
        "DELETE FROM idempotent_requests WHERE supporter_id = $1",
        "DELETE FROM reminders WHERE supporter_id = $1",
        "DELETE FROM refunds WHERE charge_id IN (\(chargesOfPerson))",
        "DELETE FROM disputes WHERE charge_id IN (\(chargesOfPerson))",
        "DELETE FROM extra_payments WHERE charge_id IN (\(chargesOfPerson))",
        "DELETE FROM charge_attempts WHERE charge_id IN (\(chargesOfPerson))",
        "DELETE FROM charges WHERE id IN (\(chargesOfPerson))",
        "UPDATE pledges SET predecessor_id = NULL WHERE supporter_id = $1",
        "DELETE FROM pledges WHERE supporter_id = $1",
        "UPDATE payment_methods SET replaced_by_id = NULL WHERE supporter_id = $1",
        "DELETE FROM payment_methods WHERE supporter_id = $1",
        "DELETE FROM supporters WHERE id = $1",
    ]

    /// Adds what a person gave to the sums by month and currency, which stay.
    private func foldCharges(of person: ID<Supporter>) throws {
        var rows: [[Value]] = []
        func fold(_ amount: Money, _ refundedMinor: Int64, _ paidAt: Instant) {
            rows.append([
                .text(paidAt.utcDate.yearMonth.description), .text(amount.currency.code),
                .integer(amount.minorUnits), .integer(refundedMinor),
            ])
        }
        for charge in try charges(of: person) {
            if let paidAt = charge.paidAt { fold(charge.amount, charge.refundedMinor, paidAt) }
            for extra in try extraPayments(of: charge.id) {
                fold(extra.amount, extra.refundedMinor, extra.paidAt)
            }
        }
        _ = try connection.run(
            """
            INSERT INTO folded_charges (month, currency, charges, amount_minor, refunded_minor)
            VALUES ($1, $2, 1, $3, $4)
            ON CONFLICT (month, currency) DO UPDATE SET charges = folded_charges.charges + 1,
                amount_minor = folded_charges.amount_minor + excluded.amount_minor,
                refunded_minor = folded_charges.refunded_minor + excluded.refunded_minor
            """, rows)
    }

    private func deleteSuppressions(_ key: [UInt8]) throws {
        _ = try connection.run("DELETE FROM suppressions WHERE email_hash = $1", .blob(key))
        _ = try connection.run("DELETE FROM support_mails WHERE email_hash = $1", .blob(key))
    }

    // MARK: Indexes that only a removal needs

    /// The numbers of the indexes for a removal. SQLite searches every child table for a parent
    /// that is deleted. These indexes would slow every registration, so they exist only while
    /// people are removed. Each is made in a call of its own, so that others can write in between.
    package static let removalIndexes = 0..<references.count

    package func createRemovalIndex(_ number: Int) throws {
        let (table, column) = Transaction.references[number]
        try connection.script(
            """
            CREATE INDEX IF NOT EXISTS removal_\(number) ON \(table) (\(column))
                WHERE \(column) IS NOT NULL
            """)
    }

    package func dropRemovalIndex(_ number: Int) throws {
        try connection.script("DROP INDEX IF EXISTS removal_\(number)")
    }

    private static let references = [
        ("mail_links", "supporter_id"), ("mail_links", "reminder_id"),
        ("mail_messages", "reminder_id"), ("webhook_deliveries", "event_id"),
        ("pledges", "payment_method_id"), ("pledges", "predecessor_id"),
        ("payment_methods", "replaced_by_id"), ("charge_attempts", "payment_method_id"),
    ]
}
