package import Pledging

/// A mail that this process has leased, with all that rendering needs.
package struct ClaimedMail: Sendable {
    package let mail: QueuedMail
    /// Nil when the person was forgotten meanwhile, and for what goes to the operator.
    package let contact: Contact?
    /// Keyed, of the address that it goes to, and what that address does not want.
    package let emailHash: [UInt8]?
    package let suppression: SuppressionScope?
    /// How often it was tried before.
    package let attempts: Int
}

extension Transaction {
    /// Inserts those that are not owed yet, by subject, kind and period; returns which went in.
    @discardableResult
    package func enqueue(_ mails: [QueuedMail]) throws -> Set<ID<QueuedMail>> {
        let rows = try mails.map { mail -> [Value] in
            [
                Value(mail.id), Value(mail.supporterID), Value(mail.kind), .text(mail.subjectID),
                .text(mail.period), Value(mail.reminderID),
                .blob(
                    try keys.seal(fields(of: mail.parameters), .mail, row: mail.id.text)),
                Value(mail.createdAt),
            ]
        }
        let inserted = try connection.run(
            """
            INSERT INTO mail_messages (id, supporter_id, kind, subject_id, period, reminder_id,
                sealed, state, attempts, next_attempt_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $8, $8)
            ON CONFLICT (subject_id, kind, period) DO NOTHING RETURNING id
            """, rows)
        return Set(try inserted.map { try $0.id(0) })
    }

    /// Leases up to `limit` mails that are due, so that no other process sends them until then.
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
        ).map { [Value.text(try $0.text(0))] }
        let rows = try connection.run(
            Statement(
                """
                SELECT mail_messages.id, mail_messages.supporter_id, kind, subject_id, period,
                    reminder_id, mail_messages.sealed, mail_messages.created_at, attempts,
                    supporters.sealed, supporters.email_hash,
                    \(widestSuppression(of: "supporters.email_hash"))
                FROM mail_messages
                LEFT JOIN supporters ON supporters.id = mail_messages.supporter_id
                WHERE mail_messages.id = $1
                """), ids)
        return try rows.map(decodeClaimed)
    }

    /// The transport accepted it. False when another process was faster.
    package func markMailSent(_ id: ID<QueuedMail>, at now: Instant) throws -> Bool {
        try !connection.run(
            """
            UPDATE mail_messages SET state = 'sent', sent_at = $1, sealed = NULL,
                attempts = attempts + 1, leased_until = NULL
            WHERE id = $2 AND state = 'queued' RETURNING id
            """, Value(now), Value(id)
        ).isEmpty
    }

    /// It will never be sent. False when another process was faster.
    package func markMailFailed(_ id: ID<QueuedMail>, reason: String) throws -> Bool {
        try !connection.run(
            """
            UPDATE mail_messages SET state = 'failed', reason = $1, sealed = NULL,
                attempts = attempts + 1, leased_until = NULL
            WHERE id = $2 AND state = 'queued' RETURNING id
            """, .text(reason), Value(id)
        ).isEmpty
    }

    /// Back into the queue, to be tried again at `next`; `attempted` is false when nothing was.
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

    /// Mails that wait and were queued by then, in the order of their ids, without their
    /// parameters.
    package func queuedMails(
        createdBy time: Instant, after last: String, limit: Int
    ) throws -> [QueuedMail] {
        try connection.run(
            """
            SELECT id, supporter_id, kind, subject_id, period, reminder_id, created_at
            FROM mail_messages WHERE id > $1 AND state = 'queued' AND created_at <= $2
            ORDER BY id LIMIT $3
            """, .text(last), Value(time), Value(limit)
        ).map { row in
            QueuedMail(
                id: try row.id(0), supporterID: try row.idOrNil(1), kind: try row.choice(2),
                subjectID: try row.text(3), period: try row.text(4),
                reminderID: try row.idOrNil(5), parameters: .init(),
                createdAt: try row.instant(6))
        }
    }

    /// How many mails of a kind were, or are, to leave at each moment from `start` on.
    package func mailTimes(
        of kind: QueuedMail.Kind, from start: Instant
    ) throws -> [(at: Instant, count: Int)] {
        try connection.run(
            """
            SELECT created_at, count(*) FROM mail_messages
            WHERE kind = $1 AND created_at >= $2 GROUP BY created_at
            """, Value(kind), Value(start)
        ).map { (at: try $0.instant(0), count: try $0.count(1)) }
    }

    /// What was ever owed to a person and is not forgotten yet.
    package func mails(of supporter: ID<Supporter>) throws -> [StoredMail] {
        try connection.run(
            """
            SELECT id, kind, state, created_at, sent_at FROM mail_messages
            WHERE supporter_id = $1 ORDER BY id
            """, Value(supporter)
        ).map { row in
            StoredMail(
                id: try row.text(0), kind: try row.text(1), state: try row.text(2),
                createdAt: try row.instant(3), sentAt: try row.instantOrNil(4))
        }
    }

    /// Opens the sealed parameters of mails, in the order of their ids; returns the ids.
    package func openMails(after last: String, limit: Int) throws -> [String] {
        try connection.run(
            """
            SELECT id, sealed FROM mail_messages WHERE id > $1 AND sealed IS NOT NULL
            ORDER BY id LIMIT $2
            """, .text(last), Value(limit)
        ).map { row in
            let id = try row.text(0)
            _ = try keys.open(try row.blob(1), .mail, row: id, fields: 13)
            return id
        }
    }

    /// All that was ever owed to a person is forgotten, sent or not. Returns which mails.
    package func deleteMails(of supporter: ID<Supporter>) throws -> [ID<QueuedMail>] {
        let ids: [ID<QueuedMail>] = try connection.run(
            "DELETE FROM mail_messages WHERE supporter_id = $1 RETURNING id", Value(supporter)
        ).map { try $0.id(0) }
        // Links of schema 10 and before show the hash of the address that they went to.
        let tokens = try ids.flatMap { try keys.hashes(.token, texts: [keys.linkToken($0)]) }
        _ = try connection.run(
            "DELETE FROM mail_links WHERE token_hash = $1 AND length(email_hash) < $2",
            tokens.map { [.blob($0), Value(KeyRing.hashLength + 1)] })
        return ids
    }

    /// Unsent mails that have to do with a reminder; found by its supporter, whose they all are.
    package func deleteQueuedMails(for reminder: Reminder) throws {
        _ = try connection.run(
            """
            DELETE FROM mail_messages
            WHERE supporter_id = $1 AND reminder_id = $2 AND state = 'queued'
            """, Value(reminder.supporterID), Value(reminder.id))
    }

    // MARK: Links

    /// What the link token of a mail stands for; a mail that is sent again keeps its row. A notice
    /// to a former address proves that mailbox, not the one that took its place.
    package func remember(link token: String, of claimed: ClaimedMail, until: Instant) throws {
        guard let emailHash = claimed.emailHash else { return }
        let hashes = try keys.hashes(.token, texts: [token])
        // A mail that is sent again after a rotation has its row under the former key.
        let known = try connection.run(
            "SELECT 1 FROM mail_links WHERE token_hash = $1",
            hashes.dropFirst().map { [.blob($0)] })
        guard known.isEmpty else { return }
        _ = try connection.run(
            """
            INSERT INTO mail_links (token_hash, supporter_id, email_hash, reminder_id, expires_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (token_hash) DO NOTHING
            """,
            .blob(hashes[0]), Value(claimed.mail.supporterID),
            .blob(try keys.blind(emailHash, with: token)), Value(claimed.mail.reminderID),
            Value(until))
    }

    /// What a link means, while it has not expired.
    package func link(_ token: String, at now: Instant) throws -> MailLink? {
        try connection.run(
            """
            SELECT supporter_id, email_hash, reminder_id FROM mail_links
            WHERE token_hash = $1 AND expires_at > $2
            """, try keys.hashes(.token, texts: [token]).map { [.blob($0), Value(now)] }
        ).first.map { row in
            MailLink(
                supporterID: try row.id(0),
                emailHash: try keys.unblind(try row.blob(1), with: token),
                reminderID: try row.idOrNil(2))
        }
    }

    // MARK: Sealing

    private func fields(of parameters: QueuedMail.Parameters) -> SealedFields {
        SealedFields([
            parameters.amount.map { String($0.minorUnits) }, parameters.amount?.currency.code,
            parameters.interval?.rawValue, parameters.date?.description,
            parameters.month?.description, parameters.everyMonths.map { String($0) },
            parameters.formerAddress, parameters.reason, parameters.declineReason?.rawValue,
            parameters.link, parameters.periods.map { String($0) },
            parameters.charges.map { String($0) }, parameters.nextDate?.description,
        ])
    }

    private func decodeClaimed(_ row: Row) throws -> ClaimedMail {
        var parameters = QueuedMail.Parameters()
        if let sealed = try row.blobOrNil(6) {
            let fields = try keys.open(sealed, .mail, row: try row.text(0), fields: 13)
            if let minor = fields[0].flatMap({ Int64($0) }), let code = fields[1],
                let currency = try? Currency(code)
            {
                parameters.amount = Money(minorUnits: minor, currency: currency)
            }
            parameters.interval = fields[2].flatMap { Interval(rawValue: $0) }
            parameters.date = fields[3].flatMap { CivilDate($0) }
            parameters.month = fields[4].flatMap { YearMonth($0) }
            parameters.everyMonths = fields[5].flatMap { Int($0) }
            parameters.formerAddress = fields[6]
            parameters.reason = fields[7]
            parameters.declineReason = fields[8].flatMap { DeclineReason(rawValue: $0) }
            parameters.link = fields[9]
            parameters.periods = fields[10].flatMap { Int($0) }
            parameters.charges = fields[11].flatMap { Int($0) }
            parameters.nextDate = fields[12].flatMap { CivilDate($0) }
        }
        let former = try parameters.formerAddress.map { try EmailAddress($0) }
        let contact = try openContact(try row.blobOrNil(9), row: try row.textOrNil(1) ?? "")
        return ClaimedMail(
            mail: QueuedMail(
                id: try row.id(0), supporterID: try row.idOrNil(1), kind: try row.choice(2),
                subjectID: try row.text(3), period: try row.text(4),
                reminderID: try row.idOrNil(5), parameters: parameters,
                createdAt: try row.instant(7)),
            contact: contact,
            emailHash: try former.map { try keys.emailHash($0) } ?? row.blobOrNil(10),
            suppression: try suppression(row, former: former, contact),
            attempts: try row.count(8))
    }

    private func suppression(
        _ row: Row, former: EmailAddress?, _ contact: Contact?
    ) throws -> SuppressionScope? {
        if let former { return try suppression(of: former) }
        // A link that is older than a rotation knows the address by its former hash alone: what
        // was said by it is filed there.
        guard let contact, keys.hashKeyIDs.count > 1 else { return try row.choiceOrNil(11) }
        return try suppression(of: contact.email)
    }
}

/// What a link in a mail stands for.
package struct MailLink: Sendable {
    package let supporterID: ID<Supporter>
    package let emailHash: [UInt8]
    package let reminderID: ID<Reminder>?
}

/// A mail's row, without its content.
package struct StoredMail: Sendable {
    package let id: String
    package let kind: String
    package let state: String
    package let createdAt: Instant
    package let sentAt: Instant?
}
