import HTTPTypes

/// Header names that HTTPTypes does not define. All are valid; the initializer returns optionals.
extension HTTPField.Name {
    static let compressionMark = HTTPField.Name("Mainstay-Compress")
    static let forwarded = HTTPField.Name("Forwarded")
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")
    static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed")
    static let requestID = HTTPField.Name("Request-Id")
    static let via = HTTPField.Name("Via")
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")
    static let xRealIP = HTTPField.Name("X-Real-IP")
}

extension HTTPFields {
    subscript(name: HTTPField.Name?) -> String? {
        get { name.flatMap { self[$0] } }
        set { if let name { self[name] = newValue } }
    }
}
