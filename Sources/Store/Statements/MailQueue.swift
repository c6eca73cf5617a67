package import Pledging

/// A mail that this process has leased, with all that is needed to render it.
package struct ClaimedMail: Sendable {
    package let mail: QueuedMail
    /// Nil when the person was forgotten meanwhile, and for a mail to the operator.
    package let contact: Contact?
    /// The keyed hash of the address that the mail goes to, and what suppresses that address.
    package let emailHash: [UInt8]?
    package let suppression: SuppressionScope?
    /// How often it was tried before.
    package let attempts: Int
}

extension Transaction {
    /// Returns the last mail of this kind about a subject, and about a period if it is given, that
    /// is still stored.
    package func mail(
        _ kind: QueuedMail.Kind, about subjectID: String, period: String? = nil
    ) throws -> StoredMail? {
        try connection.run(
            """
            SELECT id, kind, state, created_at, sent_at FROM mail_messages
            WHERE subject_id = $1 AND kind = $2 AND period = coalesce($3, period)
            ORDER BY id DESC LIMIT 1
            """, .text(subjectID), Value(kind), Value(period)
        ).first?.read(decodeStoredMail)
    }

    /// Returns what became of the mails about a failed charge. One that was dropped because things
    /// had changed, or given up because no mail left for days, does not count.
    package func failureMails(about charge: ID<Charge>) throws -> FailureMails {
        let rows = try connection.run(
            Statement(
                """
                SELECT id, kind, state, sent_at FROM mail_messages
                WHERE subject_id = $1 AND \(Transaction.isFailureMail) ORDER BY id
                """), Value(charge)
        ).read { row in
            try (
                id: row.id() as ID<QueuedMail>, kind: row.text(), state: row.text(),
                sentAt: row.instantOrNil()
            )
        }
        return FailureMails(
            firstSentAt: rows.compactMap(\.sentAt).min(),
            hasBankQuestion: rows.contains { $0.kind == "actionNeeded" && $0.sentAt != nil },
            lastQueuedID: rows.last { $0.state == "queued" }?.id,
            isRefused: rows.contains { $0.state == "failed" })
    }

    /// A mail about a failed charge that has left, may leave, or was refused.
    static let isFailureMail = """
        (mail_messages.kind = 'chargeFailed' OR mail_messages.kind = 'actionNeeded')
        AND (mail_messages.state <> 'failed' OR (mail_messages.reason <> 'settled'
            AND mail_messages.reason <> 'subjectChanged'
            AND substr(mail_messages.reason, 1, 8) <> '\(QueuedMail.givenUp)'))
        """

    private func decodeStoredMail(_ row: inout RowReader) throws -> StoredMail {
        try StoredMail(
            id: row.text(), kind: row.text(), state: row.text(), createdAt: row.instant(),
            sentAt: row.instantOrNil())
    }

    /// Inserts the mails that are not stored yet, by subject, kind and period; returns the ids of
    /// those inserted.
    @discardableResult
    package func enqueue(_ mails: [QueuedMail]) throws -> Set<ID<QueuedMail>> {
        let rows = try mails.map { try QueuedMail.columns.inserted($0, keys) }
        return Set(try connection.run(Transaction.insertNewMail, rows).read { try $0.id() })
    }

    private static let insertNewMail = Statement(
        QueuedMail.columns.insert.sql
            + " ON CONFLICT (subject_id, kind, period) DO NOTHING RETURNING id")

    /// Leases up to `limit` due mails until `leasedUntil`, so that no other process sends them.
    package func claimMails(
        at now: Instant, leasedUntil: Instant, limit: Int
    ) throws -> [ClaimedMail] {
        let ids = try connection.run(
            """
            UPDATE mail_messages SET leased_until = $1
            WHERE id IN (SELECT id FROM mail_messages WHERE state = 'queued'
                    AND next_attempt_at <= $2 AND coalesce(leased_until, 0) <= $2
                    ORDER BY next_attempt_at, id LIMIT $3)
                AND state = 'queued' AND next_attempt_at <= $2 AND coalesce(leased_until, 0) <= $2
            RETURNING id
            """, Value(leasedUntil), Value(now), Value(limit)
        ).read { try [$0.value()] }
        return try connection.run(Transaction.claimedMail, ids).read(decodeClaimed)
    }

    private static let claimedMail = Statement(
        """
        SELECT \(QueuedMail.columns.selected), attempts, supporters.sealed,
            supporters.email_hash, \(widestSuppression(of: "supporters.email_hash"))
        FROM mail_messages
        LEFT JOIN supporters ON supporters.id = mail_messages.supporter_id
        WHERE mail_messages.id = $1
        """)

    /// Records that the transport accepted the mail, and deletes its contents. Returns false when
    /// another process was faster.
    package func markMailSent(_ id: ID<QueuedMail>, at now: Instant) throws -> Bool {
        try !connection.run(
            """
            UPDATE mail_messages SET state = 'sent', sent_at = $1, sealed = NULL,
                attempts = attempts + 1, leased_until = NULL
            WHERE id = $2 AND state = 'queued' RETURNING id
            """, Value(now), Value(id)
        ).isEmpty
    }

    /// Records that the mail will never be sent, and deletes its contents. Returns false when
    /// another process was faster.
    package func markMailFailed(_ id: ID<QueuedMail>, reason: String) throws -> Bool {
        try !connection.run(
            """
            UPDATE mail_messages SET state = 'failed', reason = $1, sealed = NULL,
                attempts = attempts + 1, leased_until = NULL
            WHERE id = $2 AND state = 'queued' RETURNING id
            """, .text(reason), Value(id)
        ).isEmpty
    }

    /// Puts a mail back into the queue, to be tried again at `next`. `attempted` is false when
    /// nothing was tried; then no attempt is counted.
    package func requeueMail(
        _ id: ID<QueuedMail>, reason: String?, next: Instant, attempted: Bool
    ) throws {
        _ = try connection.run(
            """
            UPDATE mail_messages SET reason = $1, next_attempt_at = $2, attempts = attempts + $3,
                leased_until = NULL
            WHERE id = $4 AND state = 'queued'
            """, Value(reason), Value(next), Value(attempted ? 1 : 0), Value(id))
    }

    /// Returns queued mails that were made by `time`, in the order of their ids, after `last`.
    package func waitingMails(
        createdBy time: Instant, after last: String, limit: Int
    ) throws -> [WaitingMail] {
        try connection.run(
            """
            SELECT id, kind, reminder_id FROM mail_messages
            WHERE id > $1 AND state = 'queued' AND created_at <= $2 ORDER BY id LIMIT $3
            """, .text(last), Value(time), Value(limit)
        ).read { row in
            try WaitingMail(id: row.id(), kind: row.choice(), reminderID: row.idOrNil())
        }
    }

    /// Returns how many mails of a kind, sent ones included, are dated at each moment from `start`
    /// on. A mail's date is when it is to leave at the earliest, and may be ahead.
    package func mailTimes(
        of kind: QueuedMail.Kind, from start: Instant
    ) throws -> [(at: Instant, count: Int)] {
        try connection.run(
            """
            SELECT created_at, count(*) FROM mail_messages
            WHERE kind = $1 AND created_at >= $2 GROUP BY created_at
            """, Value(kind), Value(start)
        ).read { try (at: $0.instant(), count: $0.count()) }
    }

    /// Returns all mails of a person that are still stored.
    package func mails(of supporter: ID<Supporter>) throws -> [StoredMail] {
        try connection.run(
            """
            SELECT id, kind, state, created_at, sent_at FROM mail_messages
            WHERE supporter_id = $1 ORDER BY id
            """, Value(supporter)
        ).read(decodeStoredMail)
    }

    /// Opens the sealed contents of mails after `last`, in the order of their ids; returns the ids.
    /// Throws SealError when one does not open.
    package func openMails(after last: String, limit: Int) throws -> [String] {
        try connection.run(
            """
            SELECT id, kind, sealed FROM mail_messages WHERE id > $1 AND sealed IS NOT NULL
            ORDER BY id LIMIT $2
            """, .text(last), Value(limit)
        ).read { row in
            let id = try row.text()
            _ = try MailContents(
                row.choice(), sealed: keys.openBytes(row.blob(), .mail, row: id))
            return id
        }
    }

    /// Deletes all mails of a person, sent or not; returns their ids.
    package func deleteMails(of supporter: ID<Supporter>) throws -> [ID<QueuedMail>] {
        let ids: [ID<QueuedMail>] = try connection.run(
            "DELETE FROM mail_messages WHERE supporter_id = $1 RETURNING id", Value(supporter)
        ).read { try $0.id() }
        // Links of schema 10 and before show the hash of the address that they went to, and are
        // deleted too.
        let tokens = try ids.flatMap { try keys.hashes(.token, texts: [keys.linkToken($0)]) }
        _ = try connection.run(
            "DELETE FROM mail_links WHERE token_hash = $1 AND length(email_hash) < $2",
            tokens.map { [.blob($0), Value(KeyRing.hashLength + 1)] })
        return ids
    }

    /// Deletes the unsent mails of a reminder. They are found by its supporter, to whom they all
    /// belong.
    package func deleteQueuedMails(for reminder: Reminder) throws {
        _ = try connection.run(
            """
            DELETE FROM mail_messages
            WHERE supporter_id = $1 AND reminder_id = $2 AND state = 'queued'
            """, Value(reminder.supporterID), Value(reminder.id))
    }

    // MARK: Columns

    /// A claimed mail and its further columns, in the order of `claimedMail`.
    private func decodeClaimed(_ row: inout RowReader) throws -> ClaimedMail {
        let mail = try decodeMail(&row)
        let attempts = try row.count()
        let contact = try openContact(row.blobOrNil(), row: mail.supporterID?.text ?? "")
        let former = try mail.contents.formerAddress.map { try EmailAddress($0) }
        let storedHash = try row.blobOrNil()
        return ClaimedMail(
            mail: mail, contact: contact,
            emailHash: try former.map { try keys.emailHash($0) } ?? storedHash,
            suppression: try suppression(row.choiceOrNil(), former: former, contact),
            attempts: attempts)
    }

    /// `stored` is the suppression filed under the present hash of the supporter's address.
    private func suppression(
        _ stored: SuppressionScope?, former: EmailAddress?, _ contact: Contact?
    ) throws -> SuppressionScope? {
        if let former { return try suppression(of: former) }
        // A link that is older than a rotation knows only the address's former hash, and its
        // opt-out is filed under that one. So every hash is searched.
        guard let contact, keys.hashKeyIDs.count > 1 else { return stored }
        return try suppression(of: contact.email)
    }

    /// In the order of `QueuedMail.columns`.
    private func decodeMail(_ row: inout RowReader) throws -> QueuedMail {
        let (id, text): (ID<QueuedMail>, String) = try row.idAndText()
        let supporterID: ID<Supporter>? = try row.idOrNil()
        let kind: QueuedMail.Kind = try row.choice()
        return try QueuedMail(
            id: id, supporterID: supporterID,
            contents: MailContents(
                kind, sealed: keys.openBytes(row.blob(), .mail, row: text)),
            subjectID: row.text(), period: row.text(), reminderID: row.idOrNil(),
            createdAt: row.instant())
    }
}

extension QueuedMail {
    static let columns = EntityColumns<QueuedMail>(
        "mail_messages",
        [
            .key("id") { Value($0.id) },
            .fixed("supporter_id") { Value($0.supporterID) },
            .fixed("kind") { Value($0.kind) },
            .sealedOnce {
                .blob(try $1.seal($0.contents.sealedBytes, .mail, row: $0.id.text))
            },
            .fixed("subject_id") { .text($0.subjectID) },
            .fixed("period") { .text($0.period) },
            .fixed("reminder_id") { Value($0.reminderID) },
            .fixed("created_at") { Value($0.createdAt) },
            .fixed("state", isSelected: false) { _ in "queued" },
            .fixed("attempts", isSelected: false) { _ in 0 },
            .fixed("next_attempt_at", isSelected: false) { Value($0.createdAt) },
        ])
}

/// A queued mail, without its contents.
package struct WaitingMail: Sendable {
    package let id: ID<QueuedMail>
    package let kind: QueuedMail.Kind
    package let reminderID: ID<Reminder>?
}

/// A mail's row, without its contents.
package struct StoredMail: Sendable {
    package let id: String
    package let kind: String
    package let state: String
    package let createdAt: Instant
    package let sentAt: Instant?
}

/// What became of the mails about a failed charge.
package struct FailureMails: Sendable {
    /// When the transport accepted the first one.
    package let firstSentAt: Instant?
    /// One that asks the reader to confirm at the bank left.
    package let hasBankQuestion: Bool
    package let lastQueuedID: ID<QueuedMail>?
    /// One failed for good.
    package let isRefused: Bool
}
