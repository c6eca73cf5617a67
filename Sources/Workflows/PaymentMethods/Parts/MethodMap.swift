import Pledging

/// The columns of a map of tokens, by their names in the header line.
enum MapColumn: String, FieldColumn {
    case oldToken = "old_token"
    case newToken = "new_token"
    case customer, mandate, brand, last4, expires, country

    static let needed: [MapColumn] = [.oldToken, .newToken]

    var field: Problem.Field {
        switch self {
        case .oldToken: .formerToken
        case .newToken: .methodToken
        case .customer: .processorCustomer
        case .mandate: .mandate
        case .brand: .methodBrand
        case .last4: .methodLast4
        case .expires: .methodExpires
        case .country: .methodCountry
        }
    }
}

extension Problem.Field {
    /// Returns the column of this field; nil when a map has none.
    var mapColumn: MapColumn? { column() }
}

/// The header line: which field of a record belongs to which column.
struct MapHeader {
    private let columns: [MapColumn]

    init(_ record: CSVRecord) throws(Problem) {
        guard case .fields(let fields) = record.content else {
            throw Problem(.invalid, "line \(record.line): the header line is malformed")
        }
        var columns: [MapColumn] = []
        for field in fields {
            guard let column = MapColumn(rawValue: String(decoding: field, as: UTF8.self)) else {
                let known = MapColumn.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(
                    .invalid,
                    "line \(record.line): column number \(columns.count + 1) is unknown; use "
                        + "\(known)")
            }
            guard !columns.contains(column) else {
                throw Problem(
                    .invalid, "line \(record.line): the column \(column.rawValue) appears twice")
            }
            columns.append(column)
        }
        for column in MapColumn.needed where !columns.contains(column) {
            throw Problem(
                .invalid, "line \(record.line): the column \(column.rawValue) is missing")
        }
        self.columns = columns
    }

    /// Returns the texts of a record by column, without the empty ones. Throws Problem `.invalid`
    /// when the number of fields is not the header's, or a field is not UTF-8.
    func values(of fields: [ArraySlice<UInt8>]) throws(Problem) -> [MapColumn: String] {
        guard fields.count == columns.count else {
            throw Problem(
                .invalid, "has \(fields.count) fields, but the header has \(columns.count)")
        }
        var values: [MapColumn: String] = [:]
        for (column, field) in zip(columns, fields) where !field.isEmpty {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw Problem(.invalid, field: column.field, "is not UTF-8")
            }
            values[column] = text
        }
        return values
    }
}

/// One row of a map that passed every rule that can be checked without the book: the old token, the
/// new one, and what the new processor says of the method. An empty column leaves a value as it is
/// known.
struct MapRow: Sendable {
    let line: Int
    let oldToken: String
    private let secret: PaymentMethod.Secret
    private let expires: YearMonth?

    /// Throws Problem `.invalid`, which names the column's field.
    init(_ values: [MapColumn: String], line: Int) throws(Problem) {
        self.line = line
        oldToken = try InputRules.token(values[.oldToken] ?? "", field: .formerToken)
        secret = PaymentMethod.Secret(
            token: try InputRules.token(values[.newToken] ?? "", field: .methodToken),
            customer: try InputRules.optional(
                values[.customer], .processorCustomer, maximumBytes: 255),
            mandate: try InputRules.optional(values[.mandate], .mandate, maximumBytes: 255),
            brand: try InputRules.optional(values[.brand], .methodBrand, maximumBytes: 64),
            last4: try InputRules.last4(values[.last4], field: .methodLast4),
            issuingCountry: try InputRules.country(values[.country], field: .methodCountry))
        var month: YearMonth?
        if let text = values[.expires] {
            month = YearMonth(text)
            guard month != nil else {
                throw Problem(
                    .invalid, field: .methodExpires, "is not a month; write it like 2028-04")
            }
        }
        expires = month
    }

    var issuingCountry: String? { secret.issuingCountry }

    /// Returns whether the row is about the same card or account, only under another token.
    func isSame(as old: PaymentMethod) -> Bool {
        (secret.last4 == nil || secret.last4 == old.secret?.last4)
            && (expires == nil || expires == old.expires)
    }

    /// Returns the method that replaces `old`. Customer, mandate and fingerprint of `old` are not
    /// copied, because they mean nothing to another processor.
    func method(
        _ id: ID<PaymentMethod>, inPlaceOf old: PaymentMethod, at processor: String,
        today: CivilDate, now: Instant
    ) -> PaymentMethod {
        var known = secret
        known.brand = secret.brand ?? old.secret?.brand
        known.last4 = secret.last4 ?? old.secret?.last4
        known.issuingCountry = secret.issuingCountry ?? old.secret?.issuingCountry
        let expires = expires ?? old.expires
        return PaymentMethod(
            id: id, supporterID: old.supporterID, kind: old.kind, processor: processor,
            secret: known, expires: expires,
            state: .initial(expires: expires, today: today), createdAt: now)
    }
}
