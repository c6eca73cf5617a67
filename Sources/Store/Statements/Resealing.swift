import Pledging

// Changes the key of stored values while others use the book. Values under another key are read
// page by page, and written again only if they are still what was read. The version stays and no
// event is written: only the key changes. `limit` bounds the rows that are looked at, not those
// that are found.

/// The tables with a sealed column. The newsroom's one sealed value has functions of its own.
package enum SealedTable: String, CaseIterable, Sendable {
    case supporters
    case paymentMethods = "payment_methods"
    case pledges
    case mailMessages = "mail_messages"
    case events
    case answers = "idempotent_requests"
    case webhookEndpoints = "webhook_endpoints"
    case charges
    case processorEvents = "processor_events"
    case processorRemovals = "processor_removals"
    case apiTokens = "api_tokens"

    fileprivate var purpose: SealPurpose {
        switch self {
        case .supporters: .supporter
        case .paymentMethods: .paymentMethod
        case .pledges: .pledge
        case .mailMessages: .mail
        case .events: .actor
        case .answers: .answer
        case .webhookEndpoints: .webhookEndpoint
        case .charges: .charge
        case .processorEvents: .processorEvent
        case .processorRemovals: .processorRemoval
        case .apiTokens: .apiToken
        }
    }

    fileprivate var column: String { self == .answers ? "answer" : "sealed" }
    fileprivate var key: String { self == .answers ? "key_hash" : "id" }

    /// A key that precedes every row.
    fileprivate var start: Value { self == .answers ? .blob([]) : .text("") }

    /// Reads the key, which is the next column.
    fileprivate func keyValue(_ row: inout RowReader) throws -> Value {
        try self == .answers ? .blob(row.blob()) : .text(row.text())
    }
}

/// A sealed value as it was read.
package struct SealedValue: Sendable {
    fileprivate let key: Value
    fileprivate let blob: [UInt8]
}

/// One page of a table, in the order of its keys.
package struct OutdatedPage<Element: Sendable>: Sendable {
    /// What on the page is under another key.
    package let outdated: [Element]
    /// The key after which the next page begins; nil when this is the last one.
    package let last: Value?
}

extension Transaction {
    // MARK: Which key is used

    /// Makes every process seal under this key from the commit on. Does nothing when a later key is
    /// already in use. Throws KeyRingError.lacksKey when the ring's file does not hold it.
    package func sealUnder(_ keyID: UInt16) throws {
        _ = try connection.run(
            "UPDATE newsroom SET seal_key_id = $1 WHERE seal_key_id < $1",
            .integer(Int64(keyID)))
        try useKeysOfBook()
    }

    /// As `sealUnder`, for hashes.
    package func hashUnder(_ keyID: UInt16) throws {
        _ = try connection.run(
            "UPDATE newsroom SET hash_key_id = $1 WHERE hash_key_id < $1",
            .integer(Int64(keyID)))
        try useKeysOfBook()
    }

    // MARK: Sealing anew

    /// Returns a page of a table's values that are sealed under another key than this one, after
    /// `last`.
    package func sealedValues(
        notUnder keyID: UInt16, in table: SealedTable, after last: Value?, limit: Int
    ) throws -> OutdatedPage<SealedValue> {
        let rows = try connection.run(
            Statement(
                """
                SELECT \(table.key), CASE WHEN length(\(table.column)) > 0
                    AND substr(\(table.column), 2, 2) <> $1 THEN \(table.column) END
                FROM \(table.rawValue) WHERE \(table.key) > $2 ORDER BY \(table.key) LIMIT $3
                """), .blob(KeyRing.bytes(ofKeyID: keyID)), last ?? table.start, Value(limit)
        ).read { try (key: table.keyValue(&$0), blob: $0.blobOrNil()) }
        let outdated = rows.compactMap { row in
            row.blob.map { SealedValue(key: row.key, blob: $0) }
        }
        return OutdatedPage(
            outdated: outdated, last: rows.count == limit ? rows.last?.key : nil)
    }

    /// Seals these values under the key for new values. A value that changed since it was read is
    /// left alone: its writer sealed it under that key already. Returns how many it sealed. Throws
    /// SealError when one does not open.
    package func reseal(_ values: [SealedValue], in table: SealedTable) throws -> Int {
        var rows: [[Value]] = []
        for value in values {
            let blob = try keys.resealed(value.blob, table.purpose, row: name(of: value.key))
            if let blob { rows.append([.blob(blob), value.key, .blob(value.blob)]) }
        }
        return try connection.run(
            Statement(
                """
                UPDATE \(table.rawValue) SET \(table.column) = $1
                WHERE \(table.key) = $2 AND \(table.column) = $3 RETURNING \(table.key)
                """), rows
        ).count
    }

    /// The row name to which a sealed value is bound.
    private func name(of key: Value) -> String {
        switch key {
        case .text(let id): id
        case .blob(let hash): Transaction.rowName(hash)
        case .null, .integer: ""
        }
    }

    /// Seals the newsroom's key check, which shows whether a ring fits the book, under the key for
    /// new values; returns 1, or 0 when nothing was written.
    package func resealKeyCheck() throws -> Int {
        let check = try keyCheck()
        guard let blob = try keys.resealed(check, .keyCheck, row: keys.bookID.text) else {
            return 0
        }
        return try connection.run(
            "UPDATE newsroom SET key_check = $1 WHERE key_check = $2 RETURNING id",
            .blob(blob), .blob(check)
        ).count
    }

    private func keyCheck() throws -> [UInt8] {
        try connection.run("SELECT key_check FROM newsroom")[0].read { try $0.blob() }
    }

    /// Returns whether the key check is sealed under another key than this one.
    package func keyCheckStands(notUnder keyID: UInt16) throws -> Bool {
        let check = try keyCheck()
        return try KeyRing.keyID(of: check) != keyID
    }

    // MARK: Hashing anew

    /// Returns a page of ids of people whose address is hashed under another key than this one,
    /// after `last`.
    package func hashedPeople(
        notUnder keyID: UInt16, after last: Value?, limit: Int
    ) throws -> OutdatedPage<String> {
        let rows = try connection.run(
            """
            SELECT id, CASE WHEN substr(email_hash, 1, 2) <> $1 THEN 1 ELSE 0 END
            FROM supporters WHERE id > $2 ORDER BY id LIMIT $3
            """, .blob(KeyRing.bytes(ofKeyID: keyID)), last ?? .text(""), Value(limit)
        ).read { try (id: $0.text(), isOutdated: $0.flag()) }
        return OutdatedPage(
            outdated: rows.filter(\.isOutdated).map(\.id),
            last: rows.count == limit ? rows.last.map { .text($0.id) } : nil)
    }

    /// Hashes the addresses of these people under the key for new values, and refiles what applies
    /// to an address. People who were forgotten or changed meanwhile are left alone. Returns how
    /// many it hashed. Throws SealError when an address does not open.
    package func rehash(_ ids: [String]) throws -> Int {
        let people = try connection.run(
            "SELECT id, sealed, email_hash FROM supporters WHERE id = $1", ids.map { [.text($0)] }
        ).read { try (id: $0.text(), sealed: $0.blobOrNil(), emailHash: $0.blobOrNil()) }
        var count = 0
        for person in people {
            guard let former = person.emailHash,
                try KeyRing.keyID(ofHash: former) != keys.hashKeyID,
                let email = try openContact(person.sealed, row: person.id)?.email
            else { continue }
            let hash = try keys.emailHash(email)
            let changed = try connection.run(
                """
                UPDATE supporters SET email_hash = $1 WHERE id = $2 AND email_hash = $3
                RETURNING id
                """, .blob(hash), .text(person.id), .blob(former))
            guard !changed.isEmpty else { continue }
            try moveSuppressions(from: nil, to: hash, of: email)
            count += 1
        }
        return count
    }
}
