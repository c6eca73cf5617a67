import Pledging

/// One member of a request or an answer: its name and the values it takes. Requests are checked
/// against it, the reference is made from it, and tests check answers against it.
struct Field: Sendable {
    indirect enum Kind: Sendable {
        /// At most this many code points; a verb's own rule may be stricter.
        case text(maximum: Int = 255)
        /// An id of one of our entities, by its prefix.
        case id(String)
        case date, month, time
        case integer(ClosedRange<Int64>)
        case boolean
        case choice([String])
        case list(Kind)
        case object([Field])
        /// Any value; only in answers.
        case any
    }

    let name: String
    let kind: Kind
    let isRequired: Bool
    let summary: String

    init(_ name: String, _ kind: Kind, isRequired: Bool = false, _ summary: String = "") {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.summary = summary
    }

    /// `{"amount":"5.00","currency":"USD"}`.
    static let amountFields = [
        Field("amount", .text(maximum: 20), isRequired: true, "A decimal, like 5.00."),
        Field("currency", .text(maximum: 3), isRequired: true, "An ISO 4217 code."),
    ]

    static func amount(
        _ name: String = "amount", isRequired: Bool = false, _ summary: String = ""
    ) -> Field {
        Field(name, .object(amountFields), isRequired: isRequired, summary)
    }
}

/// Why a value is not of the expected kind.
struct Fault {
    /// The path to it from the value that was checked: `supporter.email`, `events[2]`.
    private(set) var place = ""
    let words: String

    init(_ words: String) { self.words = words }

    /// Returns the fault with its path seen from the value that holds it as `name`.
    func within(_ name: String) -> Fault {
        var fault = self
        fault.place = place.isEmpty || place.hasPrefix("[") ? name + place : "\(name).\(place)"
        return fault
    }
}

extension Field.Kind {
    static func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _: Choice.Type
    ) -> Field.Kind {
        .choice(Choice.allCases.map(\.rawValue))
    }

    /// Returns why a value is not of this kind, and where; nil if it is.
    func fault(_ value: JSON) -> Fault? {
        switch (self, value) {
        case (.text(let maximum), .string(let text)):
            // No text has more code points than bytes.
            let fits = text.utf8.count <= maximum || text.unicodeScalars.count <= maximum
            return fits ? nil : Fault("has more than \(maximum) characters")
        case (.id(let prefix), .string(let text)):
            let isID = (try? TypeID(parsing: text))?.prefix == prefix
            return isID ? nil : Fault("is not an id that begins with '\(prefix)_'")
        case (.date, .string(let text)):
            return CivilDate(text) == nil ? Fault("is not a date; write it like 2026-12-01") : nil
        case (.month, .string(let text)):
            return YearMonth(text) == nil ? Fault("is not a month; write it like 2026-12") : nil
        case (.time, .string(let text)):
            return Instant(rfc3339: text) == nil
                ? Fault("is not an RFC 3339 time; write it like 2026-12-01T10:00:00Z") : nil
        case (.integer(let range), .integer(let number)):
            return range.contains(number)
                ? nil : Fault("must be between \(range.lowerBound) and \(range.upperBound)")
        case (.boolean, .bool), (.any, _): return nil
        case (.choice(let words), .string(let text)):
            return words.contains(text)
                ? nil : Fault("must be one of \(words.joined(separator: ", "))")
        case (.list(let kind), .array(let values)):
            for (index, value) in values.enumerated() {
                if let fault = kind.fault(value) { return fault.within("[\(index)]") }
            }
            return nil
        case (.object(let fields), .object(let members)):
            return Field.Kind.fault(of: members, fields)
        default: return Fault("must be \(noun)")
        }
    }

    private static func fault(of members: [JSON.Member], _ fields: [Field]) -> Fault? {
        for (index, member) in members.enumerated() {
            guard let field = fields.first(where: { $0.name == member.name }) else {
                let known = fields.map(\.name).joined(separator: ", ")
                return Fault("is not known here; the known names are \(known)").within(
                    shown(member.name))
            }
            guard !members[..<index].contains(where: { $0.name == member.name }) else {
                return Fault("is given twice").within(member.name)
            }
            if let fault = field.kind.fault(member.value) { return fault.within(member.name) }
        }
        for field in fields where field.isRequired {
            guard members.contains(where: { $0.name == field.name }) else {
                return Fault("is missing").within(field.name)
            }
        }
        return nil
    }

    /// Returns a stranger's member name in at most 64 printable ASCII characters.
    private static func shown(_ name: String) -> String {
        String(
            name.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 }.prefix(64).map {
                Character($0)
            })
    }

    private var noun: String {
        switch self {
        case .text, .id, .date, .month, .time, .choice: "a string"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .list: "a list"
        case .object: "an object"
        case .any: "a value"
        }
    }
}
