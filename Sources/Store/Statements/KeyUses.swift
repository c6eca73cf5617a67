import Pledging

// Finds where keys are used: a key may be dropped only when nothing is sealed or hashed under it.

/// How many values of one table use a key.
package struct KeyUse: Hashable, Sendable {
    package let table: String
    package let count: Int
}

extension Transaction {
    /// Returns the tables in which values are sealed under this key, with their numbers. Reads all
    /// of those tables.
    package func uses(ofSealKey keyID: UInt16) throws -> [KeyUse] {
        try uses(of: keyID, Transaction.sealedPlaces)
    }

    /// Returns the tables in which keyed hashes were made with this key, with their numbers. Proofs
    /// of redactions count as `events`.
    package func uses(ofHashKey keyID: UInt16) throws -> [KeyUse] {
        let found = try uses(of: keyID, Transaction.hashedPlaces)
        let proofs = try redactionProofs(under: keyID)
        return proofs == 0 ? found : found + [KeyUse(table: "events", count: proofs)]
    }

    private func uses(of keyID: UInt16, _ places: [Place]) throws -> [KeyUse] {
        let found = try places.map { KeyUse(table: $0.table, count: try count(keyID, $0)) }
        return found.filter { $0.count > 0 }
    }

    private func count(_ keyID: UInt16, _ place: Place) throws -> Int {
        try connection.run(
            Statement("SELECT count(*) FROM \(place.table) WHERE \(place.condition)"),
            .blob(KeyRing.bytes(ofKeyID: keyID))
        )[0].read { try $0.count() }
    }

    /// The number of redactions that only this key proves. The proof's 36 digits are at the end of
    /// the body, before `"}}`.
    private func redactionProofs(under keyID: UInt16) throws -> Int {
        try connection.run(
            """
            SELECT count(*) FROM events WHERE id IN (
                    SELECT redaction_id FROM audit_entries WHERE redaction_id IS NOT NULL)
                AND substr(body, length(body) - 38, 4) = $1
            """, .text(hexadecimal(KeyRing.bytes(ofKeyID: keyID)))
        )[0].read { try $0.count() }
    }

    // MARK: Places

    /// A table whose values contain the id of their key.
    private struct Place {
        let table: String
        /// Selects the rows with a value under the key whose two bytes are `$1`.
        let condition: String

        init(_ table: String, _ condition: String) {
            self.table = table
            self.condition = condition
        }
    }

    private static let sealedPlaces = [
        Place("newsroom", "substr(key_check, 2, 2) = $1"),
        Place("supporters", "substr(sealed, 2, 2) = $1"),
        Place("payment_methods", "substr(sealed, 2, 2) = $1"),
        Place("pledges", "substr(sealed, 2, 2) = $1"),
        Place("mail_messages", "substr(sealed, 2, 2) = $1"),
        Place("events", "substr(sealed, 2, 2) = $1"),
        Place("idempotent_requests", "substr(answer, 2, 2) = $1"),
        Place("webhook_endpoints", "substr(sealed, 2, 2) = $1"),
        Place("charges", "substr(sealed, 2, 2) = $1"),
        Place("processor_events", "substr(sealed, 2, 2) = $1"),
        Place("processor_removals", "substr(sealed, 2, 2) = $1"),
        Place("api_tokens", "substr(sealed, 2, 2) = $1"),
    ]

    /// In `mail_links` the token and the address may be hashed under different keys. In rows of
    /// schema 10 and before, the address's hash has no version byte.
    private static let hashedPlaces = [
        Place("supporters", "substr(email_hash, 1, 2) = $1"),
        Place("suppressions", "substr(email_hash, 1, 2) = $1"),
        Place("support_mails", "substr(email_hash, 1, 2) = $1"),
        Place(
            "mail_links",
            """
            substr(token_hash, 1, 2) = $1 OR CASE WHEN length(email_hash) > 18
                THEN substr(email_hash, 2, 2) ELSE substr(email_hash, 1, 2) END = $1
            """),
        Place("idempotent_requests", "substr(key_hash, 1, 2) = $1"),
        Place("imported_rows", "substr(row_hash, 1, 2) = $1"),
    ]
}
