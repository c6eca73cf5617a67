package import Pledging

extension Transaction {
    /// Stores what a mail's link token stands for; a mail that is sent again keeps its row. The
    /// hash is that of the address that the mail goes to: a notice to a former address proves that
    /// mailbox, not the present one.
    package func remember(link token: String, of claimed: ClaimedMail, until: Instant) throws {
        guard let emailHash = claimed.emailHash else { return }
        let hashes = try keys.hashes(.token, texts: [token])
        // After a rotation, the row of a mail that is sent again is under the former key.
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

    /// Returns what a link stands for; nil when it is unknown or has expired.
    package func link(_ token: String, at now: Instant) throws -> MailLink? {
        try connection.run(
            """
            SELECT supporter_id, email_hash, reminder_id FROM mail_links
            WHERE token_hash = $1 AND expires_at > $2
            """, try keys.hashes(.token, texts: [token]).map { [.blob($0), Value(now)] }
        ).first?.read { row in
            try MailLink(
                supporterID: row.id(), emailHash: keys.unblind(row.blob(), with: token),
                reminderID: row.idOrNil())
        }
    }
}

/// What a link in a mail stands for.
package struct MailLink: Sendable {
    package let supporterID: ID<Supporter>
    package let emailHash: [UInt8]
    package let reminderID: ID<Reminder>?
}
