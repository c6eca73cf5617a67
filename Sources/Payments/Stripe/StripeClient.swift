import Foundation

/// Why a call to Stripe did not succeed.
enum StripeError: Error {
    /// Stripe refused, with an error body of its own.
    case refused(status: Int, StripeErrorDetail)
    /// The outcome is unknown. The reason is worded for an operator and holds no secret.
    case silent(String)

    /// Whether the object does not exist at Stripe, or no longer.
    var isMissing: Bool {
        guard case .refused(let status, let detail) = self else { return false }
        return status == 404 || detail.code == "resource_missing"
    }
}

/// Calls Stripe: adds its key and version, encodes forms and decodes errors.
struct StripeClient: Sendable {
    /// The version that answers are written in, whatever the account's default. It is the last one
    /// before versions had names: its documentation is complete, and it no longer changes.
    static let version = "2024-06-20"

    private let settings: StripeSettings
    private let caller: HTTPCaller

    init(settings: StripeSettings, clock: SteadyClock) {
        self.settings = settings
        caller = HTTPCaller(
            peer: "Stripe",
            limits: HTTPCaller.Limits(
                connectSeconds: settings.connectSeconds, callSeconds: settings.callSeconds,
                totalSeconds: settings.totalSeconds,
                requestsPerSecond: settings.requestsPerSecond,
                answerMaximumBytes: StripeClient.answerMaximumBytes),
            retry: StripeRetry.policy, clock: clock)
    }

    func close() async throws { try await caller.close() }

    /// Returns the decoded answer of a call that succeeded. Throws `StripeError` otherwise.
    func call<Value: Decodable & Sendable>(
        _ request: StripeRequest, as type: Value.Type = Value.self
    ) async throws(StripeError) -> Value {
        guard let value = StripeClient.decoded(type, try await send(request).body) else {
            throw .silent("Stripe's answer could not be read")
        }
        return value
    }

    /// Returns the answer of a call that succeeded, not decoded. Throws `StripeError` otherwise.
    func send(_ request: StripeRequest) async throws(StripeError) -> HTTPAnswer {
        switch await caller.send(wire(request)) {
        case .silent(let words): throw .silent(words)
        case .answered(let answer):
            if answer.isSuccess { return answer }
            // An error page from another machine on the way proves nothing.
            guard !HTTPRetry.tellsNothing(answer), (400...499).contains(answer.status),
                let error = StripeClient.decoded(StripeErrorBody.self, answer.body)?.error
            else { throw .silent("Stripe answered \(answer.status)") }
            throw .refused(status: answer.status, error)
        }
    }

    static func decoded<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) -> Value? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(type, from: Data(body))
    }

    private func wire(_ request: StripeRequest) -> HTTPCall {
        let form = request.form.text
        let isInAddress = request.method == .get && !form.isEmpty
        var call = HTTPCall(
            method: request.method,
            url: "\(settings.baseURL)/v1/\(request.path)\(isInAddress ? "?\(form)" : "")",
            headers: [
                ("authorization", "Bearer \(settings.secretKey)"),
                ("stripe-version", StripeClient.version),
            ])
        if let key = request.key { call.headers.append(("idempotency-key", key)) }
        if request.method == .post {
            call.headers.append(("content-type", "application/x-www-form-urlencoded"))
            call.body = Array(form.utf8)
        }
        return call
    }

    /// A page of 50 payments with all expanded objects takes a third of this.
    private static let answerMaximumBytes = 1 << 20
}
