package import Pledging

extension Transaction {
    package func insert(_ method: PaymentMethod) throws {
        try insertRow(method, PaymentMethod.columns)
    }

    /// Writes the new version. Throws StaleVersion when the stored one is not the version before
    /// it.
    package func update(_ method: PaymentMethod, at now: Instant) throws {
        guard try updateRow(method, PaymentMethod.columns, at: now) else {
            throw StaleVersion(id: method.id.text)
        }
    }

    package func paymentMethod(_ id: ID<PaymentMethod>) throws -> PaymentMethod? {
        try connection.run(Transaction.methodByID, Value(id)).first?.read(decodeMethod)
    }

    private static let methodByID = Statement(
        "SELECT \(PaymentMethod.columns.selected) FROM payment_methods WHERE id = $1")

    package func paymentMethods(of supporter: ID<Supporter>) throws -> [PaymentMethod] {
        try connection.run(Transaction.methodsOfSupporter, Value(supporter)).read(decodeMethod)
    }

    private static let methodsOfSupporter = Statement(
        """
        SELECT \(PaymentMethod.columns.selected) FROM payment_methods
        WHERE supporter_id = $1 ORDER BY id
        """)

    /// Returns the methods of the supporters in a range of ids.
    func paymentMethods(
        ofSupportersAfter first: String, through last: ID<Supporter>
    ) throws -> [PaymentMethod] {
        try connection.run(
            Statement(
                """
                SELECT \(PaymentMethod.columns.selected) FROM payment_methods
                WHERE supporter_id > $1 AND supporter_id <= $2
                """), .text(first), Value(last)
        ).read(decodeMethod)
    }

    package func paymentMethods(after last: String, limit: Int) throws -> [PaymentMethod] {
        try connection.run(
            Statement(
                """
                SELECT \(PaymentMethod.columns.selected) FROM payment_methods
                WHERE id > $1 ORDER BY id LIMIT $2
                """), .text(last), Value(limit)
        ).read(decodeMethod)
    }

    /// Returns methods of one processor of kinds that can be charged, neither replaced nor revoked,
    /// usable or not, in the order of their ids, after `last`.
    package func liveMethods(
        at processor: String, after last: String, limit: Int
    ) throws -> [PaymentMethod] {
        try connection.run(
            Statement(
                """
                SELECT \(PaymentMethod.columns.selected) FROM payment_methods
                WHERE id > $1 AND processor = $2 AND sealed IS NOT NULL
                    AND state IN ('active', 'expiring', 'expired', 'dead')
                    AND kind IN ('card', 'sepaDebit', 'paypal')
                ORDER BY id LIMIT $3
                """), .text(last), .text(processor), Value(limit)
        ).read(decodeMethod)
    }

    /// Returns `active` methods that expire in `month` or before, in the order of expiry, after
    /// `last`.
    package func paymentMethods(
        expiringThrough month: YearMonth, after last: PaymentMethod?, limit: Int
    ) throws -> [PaymentMethod] {
        try connection.run(
            Statement(
                """
                SELECT \(PaymentMethod.columns.selected) FROM payment_methods
                WHERE state = 'active' AND expires <= $1 AND (expires, id) > ($2, $3)
                ORDER BY expires, id LIMIT $4
                """),
            .text(month.description), .text(last?.expires?.description ?? ""),
            .text(last?.id.text ?? ""), Value(limit)
        ).read(decodeMethod)
    }

    // MARK: Columns

    /// In the order of `PaymentMethod.columns`.
    private func decodeMethod(_ row: inout RowReader) throws -> PaymentMethod {
        let (id, text): (ID<PaymentMethod>, String) = try row.idAndText()
        let secret = try row.blobOrNil().map { sealed in
            let fields = try keys.open(sealed, .paymentMethod, row: text, fields: 7)
            guard let token = fields[0] else { throw SealError.malformed }
            return PaymentMethod.Secret(
                token: token, customer: fields[3], mandate: fields[4], brand: fields[1],
                last4: fields[2], fingerprint: fields[5], issuingCountry: fields[6])
        }
        return try PaymentMethod(
            id: id, supporterID: row.id(), kind: row.choice(), processor: row.text(),
            secret: secret, expires: row.monthOrNil(), state: row.choice(),
            replacedByID: row.idOrNil(), version: row.integer(), createdAt: row.instant())
    }
}

extension PaymentMethod {
    static let columns = EntityColumns<PaymentMethod>(
        "payment_methods",
        [
            .key("id") { Value($0.id) },
            .sealed { try Value($0.sealedSecret(by: $1)) },
            .fixed("supporter_id") { Value($0.supporterID) },
            .fixed("kind") { Value($0.kind) },
            .fixed("processor") { .text($0.processor) },
            .changing("expires") { Value($0.expires) },
            .changing("state") { Value($0.state) },
            .changing("replaced_by_id") { Value($0.replacedByID) },
            .version { $0.version },
            .fixed("created_at") { Value($0.createdAt) },
            .updatedAt { $0.createdAt },
        ])

    private func sealedSecret(by keys: KeyRing) throws -> [UInt8]? {
        try secret.map { secret in
            let fields = SealedFields([
                secret.token, secret.brand, secret.last4, secret.customer, secret.mandate,
                secret.fingerprint, secret.issuingCountry,
            ])
            return try keys.seal(fields, .paymentMethod, row: id.text)
        }
    }
}
