import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Pledging
import Synchronization

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

/// Calls Stripe: one rate for all calls, the same key on every repetition, a bounded time in all.
final class StripeClient: Sendable {
    /// The version that answers are written in, whatever the account's default: the last one before
    /// versions had names, so it is documented to the end and gets no more changes.
    static let version = "2024-06-20"

    private let settings: StripeSettings
    private let clock: StripeClock
    private let http: HTTPClient
    private let bucket: Mutex<TokenBucket>

    init(settings: StripeSettings, clock: StripeClock) {
        self.settings = settings
        self.clock = clock
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .seconds(settings.connectSeconds), read: .seconds(settings.callSeconds)))
        configuration.httpVersion = .http1Only
        // Repetitions are decided here, where their number is bounded.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        bucket = Mutex(
            TokenBucket(
                count: settings.requestsPerSecond, burst: settings.requestsPerSecond,
                atMilliseconds: clock.elapsedMilliseconds()))
    }

    func close() async throws { try await http.shutdown() }

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
    func send(_ request: StripeRequest) async throws(StripeError) -> StripeAnswer {
        let begun = clock.elapsedMilliseconds()
        var calls = 0
        while true {
            let turn = bucket.withLock { $0.take(atMilliseconds: clock.elapsedMilliseconds()) }
            if turn > 0 { await clock.wait(turn) }
            calls += 1
            let reply = await exchange(request)
            let gone = clock.elapsedMilliseconds() - begun
            guard let wait = StripeRetry.wait(after: reply, calls: calls), !Task.isCancelled,
                gone + wait < settings.totalSeconds * 1_000
            else { return try StripeClient.result(of: reply) }
            await clock.wait(wait)
        }
    }

    static func decoded<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) -> Value? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(type, from: Data(body))
    }

    private static func result(of reply: StripeReply) throws(StripeError) -> StripeAnswer {
        switch reply {
        case .silent(let words): throw .silent(words)
        case .answered(let answer):
            if answer.isSuccess { return answer }
            // A page of some other machine's on the way proves nothing.
            guard !StripeRetry.tellsNothing(answer.status),
                (400...499).contains(answer.status),
                let error = decoded(StripeErrorBody.self, answer.body)?.error
            else { throw .silent("Stripe answered \(answer.status)") }
            throw .refused(status: answer.status, error)
        }
    }

    /// One call over the wire.
    private func exchange(_ request: StripeRequest) async -> StripeReply {
        do {
            let response = try await http.execute(
                wire(request), timeout: .seconds(settings.callSeconds))
            let body = try await response.body.collect(upTo: StripeClient.answerMaximumBytes)
            return .answered(
                StripeAnswer(
                    status: Int(response.status.code), body: Array(body.readableBytesView),
                    date: response.headers.first(name: "date"),
                    retryAfter: response.headers.first(name: "retry-after"),
                    shouldRetry: response.headers.first(name: "stripe-should-retry")))
        } catch {
            return .silent(StripeClient.words(error))
        }
    }

    private func wire(_ request: StripeRequest) -> HTTPClientRequest {
        let form = request.form.text
        let isInAddress = request.method == .get && !form.isEmpty
        var wire = HTTPClientRequest(
            url: "\(settings.baseURL)/v1/\(request.path)\(isInAddress ? "?\(form)" : "")")
        wire.method = HTTPMethod(rawValue: request.method.rawValue)
        wire.headers.add(name: "authorization", value: "Bearer \(settings.secretKey)")
        wire.headers.add(name: "stripe-version", value: StripeClient.version)
        wire.headers.add(name: "user-agent", value: "Mainstay")
        if let key = request.key { wire.headers.add(name: "idempotency-key", value: key) }
        if request.method == .post {
            wire.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            wire.body = .bytes(Array(form.utf8))
        }
        return wire
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: "no answer from Stripe: \(error.shortDescription)"
        case is NIOTooManyBytesError: "an answer of Stripe's is too long"
        case is CancellationError: "the question to Stripe was broken off"
        default: "no connection to Stripe: \(type(of: error))"
        }
    }

    /// A page of 50 payments with all that is expanded is a third of it.
    private static let answerMaximumBytes = 1 << 20
}
