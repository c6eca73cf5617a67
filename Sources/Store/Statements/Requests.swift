package import Pledging

extension Transaction {
    /// Returns the stored answer to an idempotency key, given as its hashes under every hash key;
    /// nil when there is none.
    package func answer(toKey hashes: [[UInt8]]) throws -> StoredAnswer? {
        try connection.run(
            "SELECT key_hash, request_hash, answer FROM idempotent_requests WHERE key_hash = $1",
            hashes.map { [.blob($0)] }
        ).first?.read { row in
            let (keyHash, requestHash) = try (row.blob(), row.blob())
            let sealed = try row.blob()
            if sealed.isEmpty { return .forgotten }
            let opened = try keys.open(
                sealed, .answer, row: Transaction.rowName(keyHash), fields: 1)
            guard let answer = opened[0] else { throw SealError.malformed }
            return .known(requestHash: requestHash, answer: answer)
        }
    }

    package func remember(
        _ answer: String, about supporter: ID<Supporter>?, toKey keyHash: [UInt8],
        requestHash: [UInt8], at now: Instant
    ) throws {
        let sealed = try keys.seal(
            SealedFields([answer]), .answer, row: Transaction.rowName(keyHash))
        _ = try connection.run(
            """
            INSERT INTO idempotent_requests (key_hash, request_hash, answer, created_at,
                supporter_id)
            VALUES ($1, $2, $3, $4, $5)
            """, .blob(keyHash), .blob(requestHash), .blob(sealed), Value(now), Value(supporter))
    }

    /// Replaces the stored answer of a key. The answer about somebody who was forgotten meanwhile
    /// stays deleted.
    package func replaceAnswer(_ answer: String, toKey hashes: [[UInt8]]) throws {
        _ = try connection.run(
            """
            UPDATE idempotent_requests SET answer = $1 WHERE key_hash = $2 AND length(answer) > 0
            """,
            try hashes.map { hash in
                let sealed = try keys.seal(
                    SealedFields([answer]), .answer, row: Transaction.rowName(hash))
                return [.blob(sealed), .blob(hash)]
            })
    }

    /// Deletes the answers about a person. The keys stay, so that a late retry registers nobody.
    package func forgetAnswers(about supporter: ID<Supporter>) throws {
        _ = try connection.run(
            """
            UPDATE idempotent_requests SET request_hash = $1, answer = $1 WHERE supporter_id = $2
            """, .blob([]), Value(supporter))
    }

    /// Opens stored answers after `last`, in the order of their keys; returns the keys. Throws
    /// SealError when one does not open.
    package func openAnswers(after last: [UInt8], limit: Int) throws -> [[UInt8]] {
        try connection.run(
            """
            SELECT key_hash, answer FROM idempotent_requests
            WHERE key_hash > $1 AND length(answer) > 0 ORDER BY key_hash LIMIT $2
            """, .blob(last), Value(limit)
        ).read { row in
            let key = try row.blob()
            _ = try keys.open(
                try row.blob(), .answer, row: Transaction.rowName(key), fields: 1)
            return key
        }
    }

    /// Marks rows as imported. Each is given as the hashes of its identity under every hash key;
    /// returns the first hash of each that was not known before.
    package func claimImportedRows(_ rows: [[[UInt8]]], at now: Instant) throws -> Set<[UInt8]> {
        let former = try connection.run(
            "SELECT row_hash FROM imported_rows WHERE row_hash = $1",
            rows.flatMap { $0.dropFirst() }.map { [.blob($0)] })
        let known = Set(try former.read { try $0.blob() })
        let hashes = rows.filter { known.isDisjoint(with: $0) }.compactMap(\.first)
        let inserted = try connection.run(
            """
            INSERT INTO imported_rows (row_hash, imported_at) VALUES ($1, $2)
            ON CONFLICT (row_hash) DO NOTHING RETURNING row_hash
            """, hashes.map { [.blob($0), Value(now)] })
        return Set(try inserted.read { try $0.blob() })
    }

    /// The row name to which a sealed answer is bound.
    static func rowName(_ hash: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var name: [UInt8] = []
        name.reserveCapacity(hash.count * 3)
        for byte in hash {
            if !name.isEmpty { name.append(UInt8(ascii: ".")) }
            if byte > 15 { name.append(digits[Int(byte >> 4)]) }
            name.append(digits[Int(byte & 15)])
        }
        return String(decoding: name, as: UTF8.self)
    }
}

/// The answer stored under an idempotency key.
package enum StoredAnswer: Sendable {
    case known(requestHash: [UInt8], answer: String)
    /// The answer was about somebody who was forgotten.
    case forgotten
}
