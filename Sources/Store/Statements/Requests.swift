package import Pledging

extension Transaction {
    /// What was answered to this idempotency key before: the keyed hash of that request, and the
    /// answer.
    package func answer(
        toKey keyHash: [UInt8]
    ) throws -> (requestHash: [UInt8], answer: String)? {
        let rows = try connection.run(
            "SELECT request_hash, answer FROM idempotent_requests WHERE key_hash = $1",
            .blob(keyHash))
        guard let row = rows.first else { return nil }
        let opened = try keys.open(
            try row.blob(1), .answer, row: Transaction.rowName(keyHash), fields: 1)
        guard let answer = opened[0] else { throw SealError.malformed }
        return (try row.blob(0), answer)
    }

    package func remember(
        _ answer: String, toKey keyHash: [UInt8], requestHash: [UInt8], at now: Instant
    ) throws {
        let sealed = try keys.seal(
            SealedFields([answer]), .answer, row: Transaction.rowName(keyHash))
        _ = try connection.run(
            """
            INSERT INTO idempotent_requests (key_hash, request_hash, answer, created_at)
            VALUES ($1, $2, $3, $4)
            """, .blob(keyHash), .blob(requestHash), .blob(sealed), Value(now))
    }

    /// Opens stored answers, in the order of their keys; returns the keys.
    package func openAnswers(after last: [UInt8], limit: Int) throws -> [[UInt8]] {
        try connection.run(
            """
            SELECT key_hash, answer FROM idempotent_requests WHERE key_hash > $1
            ORDER BY key_hash LIMIT $2
            """, .blob(last), Value(limit)
        ).map { row in
            let key = try row.blob(0)
            _ = try keys.open(
                try row.blob(1), .answer, row: Transaction.rowName(key), fields: 1)
            return key
        }
    }

    /// Marks rows as imported; returns the hashes that were not known before.
    package func claimImportedRows(_ hashes: [[UInt8]], at now: Instant) throws -> Set<[UInt8]> {
        let rows = try connection.run(
            """
            INSERT INTO imported_rows (row_hash, imported_at) VALUES ($1, $2)
            ON CONFLICT (row_hash) DO NOTHING RETURNING row_hash
            """, hashes.map { [.blob($0), Value(now)] })
        return Set(try rows.map { try $0.blob(0) })
    }

    package func isImported(_ hash: [UInt8]) throws -> Bool {
        try !connection.run(
            "SELECT 1 FROM imported_rows WHERE row_hash = $1", .blob(hash)
        ).isEmpty
    }

    private static func rowName(_ hash: [UInt8]) -> String {
        hash.map { String($0, radix: 16) }.joined(separator: ".")
    }
}
