import AsyncHTTPClient
import Foundation
package import MainstayWebhooks
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// One POST of an event to an endpoint.
package struct WebhookRequest: Sendable {
    package let url: String
    /// `webhook-id`: the event's id, the same on every attempt.
    package let id: String
    /// Unix seconds of this attempt.
    package let timestamp: Int64
    package let body: [UInt8]
    /// The secrets that sign it, newest first.
    package let secrets: [WebhookSecret]
    package let allowsHTTP: Bool
    package let allowsPrivate: Bool

    package init(
        url: String, id: String, timestamp: Int64, body: [UInt8], secrets: [WebhookSecret],
        allowsHTTP: Bool, allowsPrivate: Bool
    ) {
        self.url = url
        self.id = id
        self.timestamp = timestamp
        self.body = body
        self.secrets = secrets
        self.allowsHTTP = allowsHTTP
        self.allowsPrivate = allowsPrivate
    }
}

/// The result of one attempt.
package enum WebhookReply: Hashable, Sendable {
    /// `retryAfter` is the header as received.
    case answered(status: Int, retryAfter: String?)
    /// No response; the text says why and contains nothing of the URL but its host's address.
    case failed(String)
}

/// Sends webhooks by HTTP/1.1. Resolves the host once, refuses it unless all its addresses are
/// allowed, and connects to the address that was checked, under the host's own name.
package final class WebhookSender: Sendable {
    private let resolver: Resolver
    private let group: MultiThreadedEventLoopGroup
    /// One client for each host and checked address, because an override of DNS belongs to a
    /// client.
    private let clients = Mutex<[Route: HTTPClient]>([:])

    private struct Route: Hashable {
        let host: String
        let address: IPAddress
    }

    package init(resolver: Resolver = .system) {
        self.resolver = resolver
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// Closes every connection. Nothing may be sent afterwards.
    package func close() async throws {
        let open = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in open { try await client.shutdown() }
        try await group.shutdownGracefully()
    }

    /// Makes one attempt and returns its result within the time limits, whatever the other side
    /// does.
    package func send(_ request: WebhookRequest) async -> WebhookReply {
        do {
            return try await withThrowingTaskGroup(of: WebhookReply.self) { group in
                group.addTask { try await self.attempt(request) }
                group.addTask {
                    try await Task.sleep(for: .seconds(WebhookSender.totalSeconds))
                    return .failed("no answer within \(WebhookSender.totalSeconds) seconds")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .failed("not sent")
            }
        } catch {
            return .failed(WebhookSender.words(error))
        }
    }

    private func attempt(_ request: WebhookRequest) async throws -> WebhookReply {
        let target = try WebhookTarget(request.url, allowsHTTP: request.allowsHTTP)
        let address = try await vettedAddress(of: target, allowsPrivate: request.allowsPrivate)
        let signature = try WebhookSigner(secrets: request.secrets).signature(
            of: request.body, id: request.id, timestamp: request.timestamp)
        var http = HTTPClientRequest(url: request.url)
        http.method = .POST
        http.headers.add(name: "content-type", value: "application/json")
        http.headers.add(name: "user-agent", value: "Mainstay")
        http.headers.add(name: "webhook-id", value: request.id)
        http.headers.add(name: "webhook-timestamp", value: String(request.timestamp))
        http.headers.add(name: "webhook-signature", value: signature)
        http.body = .bytes(request.body)
        let client = client(Route(host: target.host, address: address))
        let response = try await client.execute(
            http, timeout: .seconds(WebhookSender.totalSeconds))
        // Part of the body is read, so that the connection can be reused; the rest is cut off.
        var read = 0
        do {
            for try await piece in response.body {
                read += piece.readableBytes
                if read > WebhookSender.answerMaximumBytes { break }
            }
        } catch {
            // Only the status counts, and it has arrived.
        }
        return .answered(
            status: Int(response.status.code),
            retryAfter: response.headers.first(name: "retry-after"))
    }

    /// Returns the host's first address if all of them may be connected to. Throws
    /// AddressGuard.Refusal for one that may not, and NoSuchHost if there is none.
    private func vettedAddress(
        of target: WebhookTarget, allowsPrivate: Bool
    ) async throws -> IPAddress {
        var addresses = target.address.map { [$0] } ?? []
        if addresses.isEmpty { addresses = try await resolver.addresses(target.host) }
        for address in addresses {
            if let refusal = AddressGuard.refusal(of: address, allowsPrivate: allowsPrivate) {
                throw refusal
            }
        }
        guard let first = addresses.first else {
            throw Resolver.NoSuchHost("the host has no address")
        }
        return first
    }

    private func client(_ route: Route) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[route] { return client }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: .init(
                    connect: .seconds(WebhookSender.connectSeconds),
                    read: .seconds(WebhookSender.totalSeconds)))
            configuration.httpVersion = .http1Only
            // RetrySchedule decides about retries, not the client.
            configuration.connectionPool.retryConnectionEstablishment = false
            configuration.dnsOverride = [route.host: route.address.description]
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(group), configuration: configuration)
            clients[route] = client
            return client
        }
    }

    /// Describes an error for the operator, without the URL, which may contain a password.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let refusal as AddressGuard.Refusal: refusal.description
        case let problem as WebhookTarget.Problem: problem.description
        case let missing as Resolver.NoSuchHost: missing.description
        case let error as WebhookError: error.description
        case let error as HTTPClientError: words(error)
        case let error as NIOSSLError:
            "no secure connection: "
                + ("\(error)".contains("CERTIFICATE_VERIFY_FAILED")
                    ? "the certificate is not trusted" : "TLS failed")
        case let error as IOError: "no connection: \(String(cString: strerror(error.errnoCode)))"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { words($0.error) } ?? "no connection"
        default: "no connection: \(type(of: error))"
        }
    }

    private static func words(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "no connection within \(connectSeconds) seconds"
        case .deadlineExceeded, .readTimeout: "no answer within \(totalSeconds) seconds"
        case .remoteConnectionClosed: "the connection was closed without an answer"
        default: "no answer: \(error.shortDescription)"
        }
    }

    private static let connectSeconds: Int64 = 5
    private static let totalSeconds: Int64 = 15
    /// How much of a response is read; none of it is stored.
    private static let answerMaximumBytes = 20_000
}

/// The host that a webhook's URL names.
package struct WebhookTarget: Sendable {
    /// The host as in the URL and in certificates: IDN domains as A-labels, no brackets.
    package let host: String
    /// The host as an address, if it is a numeric one.
    package let address: IPAddress?

    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Throws Problem if webhooks cannot be sent to the URL.
    package init(_ text: String, allowsHTTP: Bool) throws(Problem) {
        guard text.utf8.count <= WebhookTarget.maximumBytes,
            let components = URLComponents(string: text), let scheme = components.scheme,
            let encoded = components.encodedHost, !encoded.isEmpty,
            (1...65_535).contains(components.port ?? 443),
            !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
        else {
            throw Problem(
                description: "is not a web address; write it like https://example.org/hooks")
        }
        switch scheme.lowercased() {
        case "https": break
        case "http" where allowsHTTP: break
        case "http":
            throw Problem(
                description: "http sends events unencrypted; use https, or allow it on the "
                    + "command line with --allow-http")
        default: throw Problem(description: "must begin with https://")
        }
        let host = encoded.hasPrefix("[") ? String(encoded.dropFirst().dropLast()) : encoded
        self.host = host
        address = IPAddress(host)
    }

    private static let maximumBytes = 2_048
}
