import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Pledging
import Synchronization

/// Calls one HTTP interface, with one rate limit for all calls, the same bytes at every repetition
/// and a limit on the total time. Does not follow redirects. Knows no processor.
final class HTTPCaller: Sendable {
    struct Limits: Sendable {
        let connectSeconds: Int64
        /// Limit for one call.
        let callSeconds: Int64
        /// Limit for all calls of one order, with the waits between them.
        let totalSeconds: Int64
        let requestsPerSecond: Int64
        let answerMaximumBytes: Int
    }

    /// The called party, as error messages name it.
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
        // `HTTPRetry` alone decides about repetitions, because it bounds their number.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        bucket = Mutex(
            TokenBucket(
                count: limits.requestsPerSecond, burst: limits.requestsPerSecond,
                atMilliseconds: clock.elapsedMilliseconds()))
    }

    /// Closes every connection. Nothing may be sent afterwards.
    func close() async throws { try await http.shutdown() }

    /// Repeats the call as `HTTPRetry` decides and the total time allows; returns the last reply.
    func send(_ call: HTTPCall) async -> HTTPReply {
        let begun = clock.elapsedMilliseconds()
        var calls = 0
        while true {
            let turn = bucket.withLock { $0.take(atMilliseconds: clock.elapsedMilliseconds()) }
            if turn > 0 { await clock.wait(turn) }
            calls += 1
            let end = begun + limits.totalSeconds * 1_000
            let left = end - clock.elapsedMilliseconds()
            let reply = await exchange(call, within: min(left, limits.callSeconds * 1_000))
            guard let wait = retry.wait(after: reply, calls: calls), !Task.isCancelled,
                clock.elapsedMilliseconds() + wait < end
            else { return reply }
            await clock.wait(wait)
        }
    }

    /// Makes one call over the network, which must be over within `milliseconds`.
    private func exchange(_ call: HTTPCall, within milliseconds: Int64) async -> HTTPReply {
        do {
            let response = try await http.execute(
                wire(call), timeout: .milliseconds(max(milliseconds, 1)))
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
        case is NIOTooManyBytesError: "the answer of \(peer) is too long"
        case is CancellationError: "the request to \(peer) was cancelled"
        default: "no connection to \(peer): \(type(of: error))"
        }
    }
}
