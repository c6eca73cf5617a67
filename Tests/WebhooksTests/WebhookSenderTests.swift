import MainstayWebhooks
import Synchronization
import TestSupport
import Testing
import Webhooks

/// The sender against a real receiver on loopback, in each of the receiver's behaviours.
@Suite(.serialized) struct WebhookSenderTests {
    private static let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    private func request(_ url: String, allowsPrivate: Bool = true) throws -> WebhookRequest {
        WebhookRequest(
            url: url, id: "evt_1", timestamp: 1_700_000_000, body: Array("{\"a\":\"ü\"}".utf8),
            secrets: [try WebhookSecret(Self.secret)], allowsHTTP: true,
            allowsPrivate: allowsPrivate)
    }

    private func send(
        _ request: WebhookRequest, resolver: Resolver = .system
    ) async throws -> WebhookReply {
        let sender = WebhookSender(resolver: resolver)
        let reply = await sender.send(request)
        try await sender.close()
        return reply
    }

    @Test func `the bytes arrive as they are, under the three headers`() async throws {
        let receiver = try WebhookReceiver()
        let reply = try await send(try request(receiver.url("status?code=204")))
        #expect(reply == .answered(status: 204, retryAfter: nil))
        let got = try #require(try receiver.requests().first)
        let headers = try #require(got.headers)
        #expect(got.body == "{\"a\":\"ü\"}")
        #expect(headers["webhook-id"] == "evt_1")
        #expect(headers["webhook-timestamp"] == "1700000000")
        #expect(headers["content-type"] == "application/json")
        try WebhookVerifier(secrets: [WebhookSecret(Self.secret)]).verify(
            Array((got.body ?? "").utf8), id: headers["webhook-id"],
            timestamp: headers["webhook-timestamp"], signature: headers["webhook-signature"],
            now: 1_700_000_000)
    }

    @Test(arguments: [200, 202, 400, 404, 410, 500])
    func `the status is what counts`(code: Int) async throws {
        let receiver = try WebhookReceiver()
        let reply = try await send(try request(receiver.url("status?code=\(code)")))
        #expect(reply == .answered(status: code, retryAfter: nil))
    }

    @Test func `Retry-After comes along`() async throws {
        let receiver = try WebhookReceiver()
        let reply = try await send(try request(receiver.url("status?code=503&after=120")))
        #expect(reply == .answered(status: 503, retryAfter: "120"))
    }

    @Test func `a redirect is not followed`() async throws {
        let receiver = try WebhookReceiver()
        let other = receiver.url("status/inside?code=200")
        let reply = try await send(try request(receiver.url("redirect?to=\(other)")))
        #expect(reply == .answered(status: 302, retryAfter: nil))
        #expect(try receiver.requests().map(\.path) == ["/redirect"])
    }

    @Test func `a connection that closes early is a failure in words`() async throws {
        let receiver = try WebhookReceiver()
        let reply = try await send(try request(receiver.url("close")))
        #expect(reply == .failed("the connection was closed without an answer"))
    }

    @Test(arguments: ["slow?seconds=60", "drip"])
    func `a response that hangs or drips must end within fifteen seconds`(path: String) async throws
    {
        let receiver = try WebhookReceiver()
        let reply = try await send(try request(receiver.url(path)))
        #expect(reply == .failed("no answer within 15 seconds"))
    }

    @Test(arguments: [200, 500])
    func `only the beginning of a huge response is read`(code: Int) async throws {
        let receiver = try WebhookReceiver()
        let reply = try await send(try request(receiver.url("gigabyte?code=\(code)")))
        #expect(reply == .answered(status: code, retryAfter: nil))
        var sent: Int?
        while sent == nil {
            try await Task.sleep(for: .milliseconds(20))
            sent = try receiver.requests().compactMap(\.bytes).first
        }
        // What the kernel's buffers hold, not everything that was offered.
        #expect(try #require(sent) < 64 << 20)
    }

    @Test func `a refused connection is a failure whose text does not contain the URL`()
        async throws
    {
        let receiver = try WebhookReceiver()
        let url = "http://someone:password@127.0.0.1:1/secret-path"
        guard case .failed(let words) = try await send(try request(url)) else {
            Issue.record("something listens on port 1")
            return
        }
        #expect(words.hasPrefix("no connection"), "\(words)")
        #expect(!words.contains("password") && !words.contains("secret-path"))
        #expect(try receiver.requests().isEmpty)
    }

    // MARK: Target addresses

    /// A resolver that gives these answers one after another, and then always the last one.
    private func resolver(_ answers: [String]...) throws -> (Resolver, asked: @Sendable () -> Int) {
        let lists = try answers.map { try $0.map { try #require(IPAddress($0)) } }
        let count = Box(0)
        let resolver = Resolver { _ in
            let index = count.next()
            return lists[min(index, lists.count - 1)]
        }
        return (resolver, { count.value })
    }

    private final class Box: Sendable {
        private let number: Mutex<Int>
        init(_ number: Int) { self.number = Mutex(number) }
        var value: Int { number.withLock { $0 } }
        func next() -> Int {
            number.withLock { number in
                defer { number += 1 }
                return number
            }
        }
    }

    @Test func `the vetted address is connected to, under the host's own name`() async throws {
        let receiver = try WebhookReceiver()
        let (resolver, asked) = try resolver(["127.0.0.1"])
        let url = "http://hooks.example.org:\(receiver.port)/status?code=200"
        let reply = try await send(try request(url), resolver: resolver)
        #expect(reply == .answered(status: 200, retryAfter: nil))
        #expect(asked() == 1)
        #expect(
            try receiver.requests().first?.headers?["host"] == "hooks.example.org:\(receiver.port)")
    }

    @Test func `TLS asks the vetted address for the host's own name, and wants its certificate`()
        async throws
    {
        let receiver = try WebhookReceiver(tls: true)
        let (resolver, _) = try resolver(["127.0.0.1"])
        let url = "https://hooks.example.org:\(receiver.port)/status?code=200"
        let reply = try await send(try request(url), resolver: resolver)
        #expect(reply == .failed("no secure connection: the certificate is not trusted"))
        let logged = try receiver.requests()
        #expect(logged.map(\.path) == ["/tls"])
        #expect(logged.first?.headers?["name"] == "hooks.example.org")
    }

    @Test(arguments: [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["::1"]])
    func `a host with one forbidden address is refused, and nothing is connected to`(
        addresses: [String]
    ) async throws {
        let receiver = try WebhookReceiver()
        let (resolver, _) = try resolver(addresses)
        let url = "http://hooks.example.org:\(receiver.port)/status?code=200"
        let reply = try await send(try request(url, allowsPrivate: false), resolver: resolver)
        guard case .failed(let words) = reply else {
            Issue.record("it was sent")
            return
        }
        #expect(words.contains("is forbidden") && words.contains("--allow-private"))
        #expect(try receiver.requests().isEmpty)
    }

    @Test func `an answer that changes is looked at on every attempt`() async throws {
        let receiver = try WebhookReceiver()
        let (resolver, asked) = try resolver(["127.0.0.1"], ["169.254.169.254"], ["127.0.0.1"])
        let sender = WebhookSender(resolver: resolver)
        let request = try request("http://hooks.example.org:\(receiver.port)/status?code=200")
        #expect(await sender.send(request) == .answered(status: 200, retryAfter: nil))
        guard case .failed(let words) = await sender.send(request) else {
            Issue.record("a forbidden address was connected to")
            return
        }
        #expect(words.contains("169.254.169.254 is forbidden"))
        #expect(await sender.send(request) == .answered(status: 200, retryAfter: nil))
        try await sender.close()
        #expect(asked() == 3)
        #expect(try receiver.requests().count == 2)
    }

    @Test func `a host without an address is a failure in words`() async throws {
        let missing = Resolver { _ in throw Resolver.NoSuchHost("the host is not found") }
        let request = try request("https://hooks.example.org/")
        #expect(try await send(request, resolver: missing) == .failed("the host is not found"))
        let empty = Resolver { _ in [] }
        #expect(
            try await send(request, resolver: empty) == .failed("the host has no address"))
    }
}
