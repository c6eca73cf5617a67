/// One call of Stripe's interface.
struct StripeRequest: Sendable {
    let method: HTTPCall.Method
    /// What follows `/v1/`.
    let path: String
    let form: HTTPForm
    /// `Idempotency-Key`.
    let key: String?

    static func get(_ path: String, _ form: HTTPForm = HTTPForm()) -> StripeRequest {
        StripeRequest(method: .get, path: path, form: form, key: nil)
    }

    static func post(_ path: String, _ form: HTTPForm, key: String? = nil) -> StripeRequest {
        StripeRequest(method: .post, path: path, form: form, key: key)
    }

    static func delete(_ path: String) -> StripeRequest {
        StripeRequest(method: .delete, path: path, form: HTTPForm(), key: nil)
    }

    /// Whether a text can be an id of Stripe's, and so a part of a path. Tokens come from outside,
    /// in files and from web pages.
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

extension HTTPForm {
    /// docs.stripe.com/api/metadata.
    mutating func add(metadata: KeyValuePairs<String, String>) {
        for (name, value) in metadata { add("metadata[\(name)]", value) }
    }
}
