import Foundation
import Pledging

/// The account: everything that Stripe knows, and how it answers. It does no I/O.
struct World: Sendable {
    var secretKey = ""
    var seconds: @Sendable () -> Int64 = { 0 }
    var faults: [String: [FakeFault]] = [:]
    var forbidden: Set<String> = []
    /// Nil: search is not offered.
    var searchLag: Int64? = 0
    var requests: [FakeRequest] = []

    var methods: [String: MethodRow] = [:]
    var customers: Set<String> = []
    var intents: [String: IntentRow] = [:]
    var charges: [String: ChargeRow] = [:]
    var refunds: [String: RefundRow] = [:]
    var disputes: [String: DisputeRow] = [:]
    var payouts: [PayoutRow] = []
    /// Fees outside of payments that are not paid out yet.
    var accountFees: [Int64] = []
    /// Oldest first.
    var events: [FakeEvent] = []

    /// Answers saved by idempotency key, each with the fingerprint of the key's first request.
    var saved: [String: (fingerprint: String, reply: FakeReply)] = [:]
    /// Keys of calls that are not answered yet.
    var underWay: Set<String> = []
    private var lastNumber = 0

    /// Returns the next id. Ids sort by time, as in Stripe's lists.
    mutating func newID(_ prefix: String) -> String {
        lastNumber += 1
        return "\(prefix)_" + String(format: "%06d", lastNumber)
    }

    /// Returns the answer, or nil if the connection is to break. `isHeld`: the answer waits for the
    /// gate.
    mutating func receive(_ request: FakeRequest) -> (reply: FakeReply?, isHeld: Bool) {
        requests.append(request)
        var fault = FakeFault.none
        if var queue = faults[request.call], !queue.isEmpty {
            fault = queue.removeFirst()
            faults[request.call] = queue
        }
        switch fault {
        case .answers(let status, let headers, let body):
            return (dated(FakeReply(status: status, headers: headers, body: body)), false)
        case .breaksBefore: return (nil, false)
        case .breaksAfter:
            _ = once(request)
            return (nil, false)
        case .failsAfter(let shouldRetry):
            _ = once(request)
            var failure = FakeReply.error(500, type: "api_error", code: nil)
            if let shouldRetry {
                failure.headers.append(("Stripe-Should-Retry", shouldRetry ? "true" : "false"))
            }
            if let key = request.key { saved[key] = (request.fingerprint, failure) }
            return (dated(failure), false)
        case .held:
            let reply = once(request)
            if let key = request.key { underWay.insert(key) }
            return (dated(reply), true)
        case .none: return (dated(once(request)), false)
        }
    }

    /// docs.stripe.com/api/idempotent_requests: every result is saved once the fields were found
    /// valid; the same key with other fields is an error.
    private mutating func once(_ request: FakeRequest) -> FakeReply {
        guard request.method == "POST", let key = request.key else { return answer(request) }
        if underWay.contains(key) {
            return .error(409, type: "idempotency_error", code: "idempotency_key_in_use")
        }
        if let (fingerprint, reply) = saved[key] {
            guard fingerprint == request.fingerprint else {
                return .error(400, type: "idempotency_error", code: nil)
            }
            var replayed = reply
            replayed.headers.append(("Idempotent-Replayed", "true"))
            return replayed
        }
        let reply = answer(request)
        if reply.status < 300 || reply.status == 402 { saved[key] = (request.fingerprint, reply) }
        return reply
    }

    private mutating func answer(_ request: FakeRequest) -> FakeReply {
        guard request.headers["authorization"] == "Bearer \(secretKey)" else {
            return .error(
                401, code: nil,
                message: "Invalid API Key provided: \(request.headers["authorization"] ?? "")")
        }
        if forbidden.contains(where: { request.path.hasPrefix($0) }) {
            return .error(403, code: "more_permissions_required_for_application")
        }
        guard request.headers["stripe-version"] == "2024-06-20" else {
            return .error(400, code: nil, message: "Invalid Stripe API version")
        }
        let path = request.path.split(separator: "/").map(String.init)
        guard path.count >= 2, path[0] == "v1" else { return .error(404, code: nil) }
        let rest = Array(path[2...])
        switch path[1] {
        case "payment_intents": return answerIntents(request, rest)
        case "refunds": return answerRefunds(request, rest)
        case "payment_methods": return answerMethods(request, rest)
        case "customers": return answerCustomers(request, rest)
        case "setup_intents": return answerSetup(request)
        case "disputes": return answerDisputes(request)
        case "events": return answerEvents(request)
        case "payouts": return answerPayouts(request)
        case "balance_transactions": return answerTransactions(request)
        default: return .error(404, code: nil)
        }
    }

    /// Adds a Date header with the time at this Stripe.
    private func dated(_ reply: FakeReply) -> FakeReply {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let date = format.string(from: Date(timeIntervalSince1970: Double(seconds())))
        var reply = reply
        reply.headers.append(("Date", date))
        return reply
    }
}

struct FakeReply: Sendable {
    var status: Int
    var headers: [(String, String)] = []
    var body: String

    static func json(_ value: JSON) -> FakeReply {
        FakeReply(status: 200, headers: [("Content-Type", "application/json")], body: value.text)
    }

    /// docs.stripe.com/api/errors
    static func error(
        _ status: Int, type: String = "invalid_request_error", code: String?,
        message: String = "", more: KeyValuePairs<String, JSON?> = [:]
    ) -> FakeReply {
        let error = JSON.members([
            "type": .string(type), "code": code.map { .string($0) }, "message": .string(message),
        ])
        let body = JSON.members(["error": error.adding(more)])
        return FakeReply(
            status: status, headers: [("Content-Type", "application/json")], body: body.text)
    }

    static func missing(_ id: String) -> FakeReply {
        error(404, code: "resource_missing", message: "No such object: '\(id)'")
    }

    /// Answers that a field is wrong or unknown.
    static func invalid(_ field: String, code: String? = nil, message: String = "") -> FakeReply {
        error(400, code: code, message: message, more: ["param": .string(field)])
    }
}
