import Pledging

/// One request to a processor's interface.
struct HTTPCall: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    let method: Method
    let url: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
}

/// What came of one call over the wire.
enum HTTPReply: Sendable {
    case answered(HTTPAnswer)
    /// No whole answer: why, in words for an operator that hold no secret.
    case silent(String)
}

/// A whole answer, whatever its status.
struct HTTPAnswer: Sendable {
    let status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    var isSuccess: Bool { (200...299).contains(status) }
    /// `Date`; nil where it is missing or cannot be read.
    var date: Instant? { header("date").flatMap(InternetDate.http) }

    /// The first header of that name, which is given in lower case; nil where there is none.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}
