package import Pledging

extension Transaction {
    package func insert(_ method: PaymentMethod) throws {
        _ = try connection.run(
            """
            INSERT INTO payment_methods (id, supporter_id, kind, processor, sealed, expires, state,
                replaced_by_id, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
            """,
            Value(method.id), Value(method.supporterID), Value(method.kind),
            .text(method.processor), Value(try seal(method)), Value(method.expires),
            Value(method.state), Value(method.replacedByID), .integer(method.version),
            Value(method.createdAt))
    }

    /// Stores the new version over the one before it; StaleVersion when that is not the stored one.
    package func update(_ method: PaymentMethod, at now: Instant) throws {
        let rows = try connection.run(
            """
            UPDATE payment_methods SET sealed = $1, expires = $2, state = $3, replaced_by_id = $4,
                version = $5, updated_at = $6
            WHERE id = $7 AND version = $5 - 1 RETURNING id
            """,
            Value(try seal(method)), Value(method.expires), Value(method.state),
            Value(method.replacedByID), .integer(method.version), Value(now), Value(method.id))
        if rows.isEmpty { throw StaleVersion(id: method.id.text) }
    }

    package func paymentMethod(_ id: ID<PaymentMethod>) throws -> PaymentMethod? {
        try connection.run(
            """
            SELECT id, supporter_id, kind, processor, sealed, expires, state, replaced_by_id,
                version, created_at
            FROM payment_methods WHERE id = $1
            """, Value(id)
        ).first.map(decodeMethod)
    }

    package func paymentMethods(of supporter: ID<Supporter>) throws -> [PaymentMethod] {
        try connection.run(
            """
            SELECT id, supporter_id, kind, processor, sealed, expires, state, replaced_by_id,
                version, created_at
            FROM payment_methods WHERE supporter_id = $1 ORDER BY id
            """, Value(supporter)
        ).map(decodeMethod)
    }

    /// Those of the supporters in a range of ids.
    func paymentMethods(
        ofSupportersAfter first: String, through last: ID<Supporter>
    ) throws -> [PaymentMethod] {
        try connection.run(
            """
            SELECT id, supporter_id, kind, processor, sealed, expires, state, replaced_by_id,
                version, created_at
            FROM payment_methods WHERE supporter_id > $1 AND supporter_id <= $2
            """, .text(first), Value(last)
        ).map(decodeMethod)
    }

    package func paymentMethods(after last: String, limit: Int) throws -> [PaymentMethod] {
        try connection.run(
            """
            SELECT id, supporter_id, kind, processor, sealed, expires, state, replaced_by_id,
                version, created_at
            FROM payment_methods WHERE id > $1 ORDER BY id LIMIT $2
            """, .text(last), Value(limit)
        ).map(decodeMethod)
    }

    /// Methods of one processor that are collected by and that nothing took the place of yet, good
    /// or not, in the order of their ids.
    package func liveMethods(
        at processor: String, after last: String, limit: Int
    ) throws -> [PaymentMethod] {
        try connection.run(
            """
            SELECT id, supporter_id, kind, processor, sealed, expires, state, replaced_by_id,
                version, created_at
            FROM payment_methods
            WHERE id > $1 AND processor = $2 AND sealed IS NOT NULL
                AND state IN ('active', 'expiring', 'expired', 'dead')
                AND kind IN ('card', 'sepaDebit', 'paypal')
            ORDER BY id LIMIT $3
            """, .text(last), .text(processor), Value(limit)
        ).map(decodeMethod)
    }

    /// Methods that time moves on: still `active` or `expiring`, and expiring by the month given.
    package func paymentMethods(
        expiringThrough month: YearMonth, after last: PaymentMethod?, limit: Int
    ) throws -> [PaymentMethod] {
        try connection.run(
            """
            SELECT id, supporter_id, kind, processor, sealed, expires, state, replaced_by_id,
                version, created_at
            FROM payment_methods
            WHERE state IN ('active', 'expiring') AND expires <= $1 AND (expires, id) > ($2, $3)
            ORDER BY expires, id LIMIT $4
            """,
            .text(month.description), .text(last?.expires?.description ?? ""),
            .text(last?.id.text ?? ""), Value(limit)
        ).map(decodeMethod)
    }

    // MARK: Sealing

    private func seal(_ method: PaymentMethod) throws -> [UInt8]? {
        try method.secret.map { secret in
            let fields = SealedFields([
                secret.token, secret.brand, secret.last4, secret.customer, secret.mandate,
                secret.fingerprint, secret.issuingCountry,
            ])
            return try keys.seal(fields, .paymentMethod, row: method.id.text)
        }
    }

    private func decodeMethod(_ row: Row) throws -> PaymentMethod {
        var secret: PaymentMethod.Secret?
        if let sealed = try row.blobOrNil(4) {
            let fields = try keys.open(sealed, .paymentMethod, row: try row.text(0), fields: 7)
            guard let token = fields[0] else { throw SealError.malformed }
            secret = PaymentMethod.Secret(
                token: token, customer: fields[3], mandate: fields[4], brand: fields[1],
                last4: fields[2], fingerprint: fields[5], issuingCountry: fields[6])
        }
        return PaymentMethod(
            id: try row.id(0), supporterID: try row.id(1), kind: try row.choice(2),
            processor: try row.text(3), secret: secret, expires: try row.monthOrNil(5),
            state: try row.choice(6), replacedByID: try row.idOrNil(7),
            version: try row.integer(8), createdAt: try row.instant(9))
    }
}
