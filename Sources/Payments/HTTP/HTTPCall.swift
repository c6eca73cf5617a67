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

/// The result of one call over the network.
enum HTTPReply: Sendable {
    case answered(HTTPAnswer)
    /// No complete answer arrived. The reason is worded for an operator and holds no secret.
    case silent(String)
}

/// A complete answer, whatever its status.
struct HTTPAnswer: Sendable {
    let status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    var isSuccess: Bool { (200...299).contains(status) }
    /// The `Date` header; nil if it is missing or cannot be read.
    var date: Instant? { header("date").flatMap(InternetDate.http) }

    /// Returns the first header with this name, which is given in lower case; nil if there is none.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}
