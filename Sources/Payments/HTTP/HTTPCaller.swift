import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Pledging
import Synchronization

/// Calls one HTTP interface: one rate for all calls, the same bytes on every repetition, a bounded
/// time in all. Redirects are not followed. It knows no processor.
final class HTTPCaller: Sendable {
    struct Limits: Sendable {
        let connectSeconds: Int64
        /// For one call.
        let callSeconds: Int64
        /// For one order with all its calls and the waiting between them.
        let totalSeconds: Int64
        let requestsPerSecond: Int64
        let answerMaximumBytes: Int
    }

    /// Who is called, as errors name them.
    private let peer: String
    private let limits: Limits
    private let retry: HTTPRetry
    private let clock: SteadyClock
    private let http: HTTPClient
    private let bucket: Mutex<TokenBucket>

    init(peer: String, limits: Limits, retry: HTTPRetry, clock: SteadyClock) {
        self.peer = peer
        self.limits = limits
        self.retry = retry
        self.clock = clock
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .seconds(limits.connectSeconds), read: .seconds(limits.callSeconds)))
        configuration.httpVersion = .http1Only
        // Repetitions are decided here, where their number is bounded.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        bucket = Mutex(
            TokenBucket(
                count: limits.requestsPerSecond, burst: limits.requestsPerSecond,
                atMilliseconds: clock.elapsedMilliseconds()))
    }

    /// Closes every connection. Nothing may be sent afterwards.
    func close() async throws { try await http.shutdown() }

    /// What came of the last of as many calls as there was reason and time for.
    func send(_ call: HTTPCall) async -> HTTPReply {
        let begun = clock.elapsedMilliseconds()
        var calls = 0
        while true {
            let turn = bucket.withLock { $0.take(atMilliseconds: clock.elapsedMilliseconds()) }
            if turn > 0 { await clock.wait(turn) }
            calls += 1
            let reply = await exchange(call)
            let gone = clock.elapsedMilliseconds() - begun
            guard let wait = retry.wait(after: reply, calls: calls), !Task.isCancelled,
                gone + wait < limits.totalSeconds * 1_000
            else { return reply }
            await clock.wait(wait)
        }
    }

    /// One call over the wire.
    private func exchange(_ call: HTTPCall) async -> HTTPReply {
        do {
            let response = try await http.execute(
                wire(call), timeout: .seconds(limits.callSeconds))
            let body = try await response.body.collect(upTo: limits.answerMaximumBytes)
            return .answered(
                HTTPAnswer(
                    status: Int(response.status.code),
                    headers: response.headers.map { ($0.name, $0.value) },
                    body: Array(body.readableBytesView)))
        } catch {
            return .silent(words(error))
        }
    }

    private func wire(_ call: HTTPCall) -> HTTPClientRequest {
        var wire = HTTPClientRequest(url: call.url)
        wire.method = HTTPMethod(rawValue: call.method.rawValue)
        wire.headers.add(name: "user-agent", value: "Mainstay")
        for (name, value) in call.headers { wire.headers.add(name: name, value: value) }
        if let body = call.body { wire.body = .bytes(body) }
        return wire
    }

    private func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: "no answer from \(peer): \(error.shortDescription)"
        case is NIOTooManyBytesError: "an answer of \(peer)'s is too long"
        case is CancellationError: "the question to \(peer) was broken off"
        default: "no connection to \(peer): \(type(of: error))"
        }
    }
}
