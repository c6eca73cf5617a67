import Pledging

/// One member of a request or an answer: what it is called, and what may stand in it. Requests are
/// checked by it, the reference is made of it, and tests hold answers against it.
struct Field: Sendable {
    indirect enum Kind: Sendable {
        /// At most so many code points; a verb's own rule may be stricter.
        case text(maximum: Int = 255)
        /// Of one of our entities.
        case id(String)
        case date, time
        case integer(ClosedRange<Int64>)
        case boolean
        case choice([String])
        case list(Kind)
        case object([Field])
        /// Anything; only of answers.
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

extension Field.Kind {
    static func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _: Choice.Type
    ) -> Field.Kind {
        .choice(Choice.allCases.map(\.rawValue))
    }

    /// Why a value is not of this kind, and where; nil when it is.
    func fault(_ value: JSON, at place: String) -> (place: String, words: String)? {
        switch (self, value) {
        case (.text(let maximum), .string(let text)):
            return text.unicodeScalars.count <= maximum
                ? nil : (place, "has more than \(maximum) characters")
        case (.id(let prefix), .string(let text)):
            let isID = text.hasPrefix(prefix + "_") && text.utf8.count == prefix.utf8.count + 27
            return isID ? nil : (place, "is no id that begins with '\(prefix)_'")
        case (.date, .string(let text)):
            return CivilDate(text) == nil ? (place, "is no date; write it like 2026-12-01") : nil
        case (.time, .string(let text)):
            return Instant(rfc3339: text) == nil
                ? (place, "is no RFC 3339 time; write it like 2026-12-01T10:00:00Z") : nil
        case (.integer(let range), .integer(let number)):
            return range.contains(number)
                ? nil : (place, "must be within \(range.lowerBound) and \(range.upperBound)")
        case (.boolean, .bool), (.any, _): return nil
        case (.choice(let words), .string(let text)):
            return words.contains(text)
                ? nil : (place, "must be one of \(words.joined(separator: ", "))")
        case (.list(let kind), .array(let values)):
            for (index, value) in values.enumerated() {
                if let fault = kind.fault(value, at: "\(place)[\(index)]") { return fault }
            }
            return nil
        case (.object(let fields), .object(let members)):
            return Field.Kind.fault(of: members, fields, at: place)
        default: return (place, "must be \(noun)")
        }
    }

    private static func fault(
        of members: [JSON.Member], _ fields: [Field], at place: String
    ) -> (place: String, words: String)? {
        let path = { (name: String) in place.isEmpty ? name : "\(place).\(name)" }
        var seen: Set<String> = []
        for member in members {
            guard let field = fields.first(where: { $0.name == member.name }) else {
                let known = fields.map(\.name).joined(separator: ", ")
                return (path(shown(member.name)), "is not known here; there is \(known)")
            }
            guard seen.insert(member.name).inserted else {
                return (path(member.name), "stands twice")
            }
            if let fault = field.kind.fault(member.value, at: path(member.name)) { return fault }
        }
        for field in fields where field.isRequired && !seen.contains(field.name) {
            return (path(field.name), "is missing")
        }
        return nil
    }

    /// A name that a stranger made up, short and plain.
    private static func shown(_ name: String) -> String {
        String(
            name.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 }.prefix(64).map {
                Character($0)
            })
    }

    private var noun: String {
        switch self {
        case .text, .id, .date, .time, .choice: "a string"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .list: "a list"
        case .object: "an object"
        case .any: "a value"
        }
    }
}
