/// Names and values in order, as `application/x-www-form-urlencoded` has them: in a body, or behind
/// the question mark of an address.
struct StripeForm: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private(set) var fields: [Field] = []

    struct Field: Hashable, Sendable {
        let name: String
        let value: String
    }

    init(dictionaryLiteral fields: (String, String?)...) {
        for (name, value) in fields { add(name, value) }
    }

    init() {}

    /// Nil is left out.
    mutating func add(_ name: String, _ value: String?) {
        if let value { fields.append(Field(name: name, value: value)) }
    }

    mutating func add(metadata: KeyValuePairs<String, String>) {
        for (name, value) in metadata { add("metadata[\(name)]", value) }
    }

    var text: String {
        fields.map { "\(StripeForm.encoded($0.name))=\(StripeForm.encoded($0.value))" }
            .joined(separator: "&")
    }

    /// Everything but RFC 3986's unreserved characters as `%XX`.
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

/// One call of Stripe's interface.
struct StripeRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    let method: Method
    /// What follows `/v1/`.
    let path: String
    let form: StripeForm
    /// `Idempotency-Key`.
    let key: String?

    static func get(_ path: String, _ form: StripeForm = StripeForm()) -> StripeRequest {
        StripeRequest(method: .get, path: path, form: form, key: nil)
    }

    static func post(_ path: String, _ form: StripeForm, key: String? = nil) -> StripeRequest {
        StripeRequest(method: .post, path: path, form: form, key: key)
    }

    static func delete(_ path: String) -> StripeRequest {
        StripeRequest(method: .delete, path: path, form: StripeForm(), key: nil)
    }

    /// Whether a text can be an id of Stripe's, and so a part of a path: tokens come from files and
    /// pages of others.
    static func isID(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
