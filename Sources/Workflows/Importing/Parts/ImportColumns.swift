/// The columns of the `mainstay` preset, by their names in the header line.
enum ImportColumn: String, FieldColumn {
    case email, name, locale, country
    case timeZone = "time_zone"
    case amount, currency, interval
    case startedOn = "started_on"
    case nextChargeOn = "next_charge_on"
    case state, processor
    case methodKind = "method_kind"
    case methodToken = "method_token"
    case methodBrand = "method_brand"
    case methodLast4 = "method_last4"
    case methodExpires = "method_expires"
    case remindOn = "remind_on"
    case externalID = "external_id"
    case processorCustomer = "processor_customer"
    case mandate
    case lastChargedOn = "last_charged_on"
    case methodCountry = "method_country"

    var index: Int { ImportColumn.order[self] ?? 0 }
    private static let order = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

    var field: Problem.Field {
        switch self {
        case .email: .email
        case .name: .name
        case .locale: .locale
        case .country: .country
        case .timeZone: .timeZone
        case .amount: .amount
        case .currency: .currency
        case .interval: .interval
        case .startedOn: .startedOn
        case .nextChargeOn: .nextChargeOn
        case .state: .state
        case .processor: .processor
        case .methodKind: .methodKind
        case .methodToken: .methodToken
        case .methodBrand: .methodBrand
        case .methodLast4: .methodLast4
        case .methodExpires: .methodExpires
        case .remindOn: .remindOn
        case .externalID: .externalID
        case .processorCustomer: .processorCustomer
        case .mandate: .mandate
        case .lastChargedOn: .lastChargedOn
        case .methodCountry: .methodCountry
        }
    }
}

extension Problem.Field {
    /// Returns the column of this field; nil when an import file has none.
    var importColumn: ImportColumn? { column() }
}

/// The header line: which field of a record belongs to which column.
struct ImportHeader {
    let fieldCount: Int
    /// The column of each field; nil for a column that is ignored.
    private let columns: [ImportColumn?]

    init(_ record: CSVRecord, ignoringUnknown: Bool) throws(Problem) {
        guard case .fields(let fields) = record.content else {
            throw Problem(.invalid, "line \(record.line): the header line is malformed")
        }
        var columns: [ImportColumn?] = []
        for field in fields {
            let name = String(decoding: field, as: UTF8.self)
                .trimmingPrefix(while: \.isWhitespace)
            let column = ImportColumn(rawValue: String(name))
            guard column != nil || ignoringUnknown else {
                throw Problem(
                    .invalid,
                    "line \(record.line): column number \(columns.count + 1) is unknown; name it "
                        + "as documented, or ignore unknown columns (ignore_unknown, "
                        + "--ignore-unknown)")
            }
            if let column, columns.contains(column) {
                throw Problem(
                    .invalid, "line \(record.line): the column \(column.rawValue) appears twice")
            }
            columns.append(column)
        }
        guard columns.contains(.email) else {
            throw Problem(.invalid, "line \(record.line): the column email is missing")
        }
        self.columns = columns
        fieldCount = columns.count
    }

    /// Returns the texts of a record by column. Throws Problem `.invalid` when the number of fields
    /// is not the header's, or a field is not UTF-8.
    func values(of fields: [ArraySlice<UInt8>]) throws(Problem) -> ImportValues {
        guard fields.count == fieldCount else {
            throw Problem(
                .invalid, "has \(fields.count) fields, but the header has \(fieldCount)")
        }
        var values = ImportValues()
        for (column, field) in zip(columns, fields) {
            guard let column, !field.isEmpty else { continue }
            guard let text = String(validating: field, as: UTF8.self) else {
                throw Problem(.invalid, field: column.field, "is not UTF-8")
            }
            values[column] = text
        }
        return values
    }
}

/// The texts of one row; an empty field is nil.
struct ImportValues {
    private var texts = [String?](repeating: nil, count: ImportColumn.allCases.count)

    subscript(column: ImportColumn) -> String? {
        get { texts[column.index] }
        set { texts[column.index] = newValue }
    }

    func has(_ columns: ImportColumn...) -> Bool { columns.contains { self[$0] != nil } }
}
