/// Names and values in order, encoded as `application/x-www-form-urlencoded`, for a body or for a
/// URL's query.
struct HTTPForm: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private(set) var fields: [Field] = []

    struct Field: Hashable, Sendable {
        let name: String
        let value: String
    }

    init(dictionaryLiteral fields: (String, String?)...) {
        for (name, value) in fields { add(name, value) }
    }

    init() {}

    /// Adds a field, unless the value is nil.
    mutating func add(_ name: String, _ value: String?) {
        if let value { fields.append(Field(name: name, value: value)) }
    }

    var text: String {
        fields.map { "\(HTTPForm.encoded($0.name))=\(HTTPForm.encoded($0.value))" }
            .joined(separator: "&")
    }

    /// Writes every byte but RFC 3986's unreserved characters as `%XX`.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(contentsOf: [
                    UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)],
                ])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
