import Foundation

/// Why a call brought nothing that was asked for.
enum StripeError: Error {
    /// Stripe answered, by a body of its own, that it does not do it.
    case refused(status: Int, StripeErrorDetail)
    /// Nobody knows what became of it; in words for an operator that hold no secret.
    case silent(String)

    /// There is no such thing at Stripe, or no longer.
    var isMissing: Bool {
        guard case .refused(let status, let detail) = self else { return false }
        return status == 404 || detail.code == "resource_missing"
    }
}

/// Calls Stripe in its own words: its key, its version, its forms and its errors.
struct StripeClient: Sendable {
    /// The version that answers are written in, whatever the account's default: the last one before
    /// versions had names, so it is documented to the end and gets no more changes.
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

    /// The decoded answer of a call that succeeded.
    func call<Value: Decodable & Sendable>(
        _ request: StripeRequest, as type: Value.Type = Value.self
    ) async throws(StripeError) -> Value {
        guard let value = StripeClient.decoded(type, try await send(request).body) else {
            throw .silent("an answer of Stripe's could not be read")
        }
        return value
    }

    /// The answer of a call that succeeded, as it is.
    func send(_ request: StripeRequest) async throws(StripeError) -> HTTPAnswer {
        switch await caller.send(wire(request)) {
        case .silent(let words): throw .silent(words)
        case .answered(let answer):
            if answer.isSuccess { return answer }
            // A page of some other machine's on the way proves nothing.
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

    /// A page of 50 payments with all that is expanded is a third of it.
    private static let answerMaximumBytes = 1 << 20
}
