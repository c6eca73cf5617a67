package import Pledging

extension Transaction {
    /// Inserts a supporter, and files what applies to the address under the supporter's hash.
    package func insert(_ supporter: Supporter) throws {
        let emailHash = try supporter.contact.map { try keys.emailHash($0.email) }
        try insertRow(SupporterRow(supporter, emailHash: emailHash), SupporterRow.columns)
        try moveSuppressions(from: nil, to: emailHash, of: supporter.contact?.email)
    }

    /// Writes the new version, and refiles what applies to an address that changed. Throws
    /// StaleVersion when the stored version is not the one before it.
    package func update(_ supporter: Supporter, at now: Instant) throws {
        let former = try emailHash(of: supporter.id)
        let email = supporter.contact?.email
        // An unchanged address keeps its hash, whatever key made it.
        let emailHash = try email.flatMap { email in
            try keys.isHash(former, of: email) ? former : keys.emailHash(email)
        }
        let row = SupporterRow(supporter, emailHash: emailHash)
        guard try updateRow(row, SupporterRow.columns, at: now) else {
            throw StaleVersion(id: supporter.id.text)
        }
        if former != emailHash { try moveSuppressions(from: former, to: emailHash, of: email) }
    }

    func emailHash(of id: ID<Supporter>) throws -> [UInt8]? {
        try connection.run(
            "SELECT email_hash FROM supporters WHERE id = $1", Value(id)
        ).first?.read { try $0.blobOrNil() }
    }

    package func supporter(_ id: ID<Supporter>) throws -> Supporter? {
        try connection.run(Transaction.supporterByID, Value(id)).first?.read(decodeSupporter)
    }

    private static let supporterByID = Statement(
        "SELECT \(SupporterRow.columns.selected) FROM supporters WHERE id = $1")

    /// Returns the person with this address, searched under every hash key; nil when there is none.
    /// Throws KeyRingError.lacksKey when the ring lacks a key that the book names.
    package func supporter(email: EmailAddress) throws -> Supporter? {
        try knowKeysOfBook()
        return try connection.run(
            Transaction.supporterByEmail, try keys.emailHashes(email).map { [.blob($0)] }
        ).first?.read(decodeSupporter)
    }

    private static let supporterByEmail = Statement(
        "SELECT \(SupporterRow.columns.selected) FROM supporters WHERE email_hash = $1")

    /// Returns supporters after `last`, in the order of their ids.
    package func supporters(after last: String, limit: Int) throws -> [Supporter] {
        try connection.run(
            Statement(
                """
                SELECT \(SupporterRow.columns.selected) FROM supporters
                WHERE id > $1 ORDER BY id LIMIT $2
                """), .text(last), Value(limit)
        ).read(decodeSupporter)
    }

    // MARK: Columns

    /// In the order of `SupporterRow.columns`.
    private func decodeSupporter(_ row: inout RowReader) throws -> Supporter {
        let (id, text): (ID<Supporter>, String) = try row.idAndText()
        return try Supporter(
            id: id, contact: openContact(row.blobOrNil(), row: text), version: row.integer(),
            confirmedAt: row.instantOrNil(), erasedAt: row.instantOrNil(),
            createdAt: row.instant())
    }

    /// Opens what `insert` sealed; nil for a person who was forgotten.
    func openContact(_ sealed: [UInt8]?, row: String) throws -> Contact? {
        guard let sealed else { return nil }
        let fields = try keys.open(sealed, .supporter, row: row, fields: 5)
        guard let typed = fields[0], let email = try? EmailAddress(typed) else {
            throw SealError.malformed
        }
        return Contact(
            email: email, name: fields[1], locale: fields[2], timeZone: fields[3],
            country: fields[4])
    }
}

/// A supporter as it is written.
struct SupporterRow {
    let supporter: Supporter
    /// The keyed hash of the address; nil once the person is forgotten.
    let emailHash: [UInt8]?

    init(_ supporter: Supporter, emailHash: [UInt8]?) {
        self.supporter = supporter
        self.emailHash = emailHash
    }

    static let columns = EntityColumns<SupporterRow>(
        "supporters",
        [
            .key("id") { Value($0.supporter.id) },
            .sealed { try Value($0.sealedContact(by: $1)) },
            .version { $0.supporter.version },
            .changing("confirmed_at") { Value($0.supporter.confirmedAt) },
            .changing("erased_at") { Value($0.supporter.erasedAt) },
            .fixed("created_at") { Value($0.supporter.createdAt) },
            .changing("email_hash", isSelected: false) { Value($0.emailHash) },
            .updatedAt { $0.supporter.createdAt },
        ])

    private func sealedContact(by keys: KeyRing) throws -> [UInt8]? {
        try supporter.contact.map { contact in
            let fields = SealedFields([
                contact.email.typed, contact.name, contact.locale, contact.timeZone,
                contact.country,
            ])
            return try keys.seal(fields, .supporter, row: supporter.id.text)
        }
    }
}
