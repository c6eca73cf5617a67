import FakeStripe
import Foundation
import Payments
import Pledging
import Testing

@Suite struct StripeSignatureTests {
    struct Vector: Decodable, Sendable {
        let secret: String
        let timestamp: Int64
        let body: String
        let header: String
    }

    private struct File: Decodable {
        let stripeInbound: [Vector]
        enum CodingKeys: String, CodingKey { case stripeInbound = "stripe_inbound" }
    }

    static let vectors: [Vector] = {
        guard
            let url = Bundle.module.url(
                forResource: "webhook-vectors", withExtension: "json", subdirectory: "Fixtures"),
            let data = try? Data(contentsOf: url),
            let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.stripeInbound
    }()

    /// Verifies with the adapter alone; nothing is sent.
    private func verify(
        _ vector: Vector, header: String? = nil, body: String? = nil, secret: String? = nil,
        seconds: Int64? = nil, name: String = "Stripe-Signature", key: String = "sk_test_x"
    ) async throws -> InboundMessage {
        let processor = try StripeProcessor(
            settings: StripeSettings(secretKey: key, webhookSecret: secret ?? vector.secret),
            clock: TestTime().clock)
        let result = Result {
            try processor.verify(
                Array((body ?? vector.body).utf8),
                headers: [("Content-Type", "application/json"), (name, header ?? vector.header)],
                at: Instant(milliseconds: (seconds ?? vector.timestamp) * 1_000))
        }
        try await processor.close()
        return try result.get()
    }

    @Test func `there are vectors`() { #expect(!StripeSignatureTests.vectors.isEmpty) }

    @Test(arguments: vectors)
    func `a published signature is taken, under any case of the header's name`(vector: Vector)
        async throws
    {
        for name in ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"] {
            let message = try await verify(vector, name: name)
            #expect(message.remoteID == "evt_1")
            #expect(message.body == Array(vector.body.utf8))
        }
    }

    @Test(arguments: vectors)
    func `any of several signatures suffices; other schemes are ignored`(vector: Vector)
        async throws
    {
        let zeros = String(repeating: "0", count: 64)
        let true1 = try #require(vector.header.split(separator: ",").last)
        let time = "t=\(vector.timestamp)"
        for header in [
            "\(time),v1=\(zeros),\(true1)", "\(true1),\(time)", "\(time),v0=\(zeros),\(true1)",
            "\(time), \(true1)", "\(time),v2=x,nonsense,\(true1)",
        ] {
            #expect(try await verify(vector, header: header).remoteID == "evt_1")
        }
        let v0 = true1.replacingOccurrences(of: "v1=", with: "v0=")
        await #expect(throws: InboundRefusal.unsigned) {
            try await verify(vector, header: "\(time),\(v0)")
        }
    }

    @Test(arguments: vectors)
    func `an added or missing byte is detected`(vector: Vector) async throws {
        let code = try #require(vector.header.split(separator: "=").last)
        let tampered: [(String?, String?, String?)] = [
            (nil, vector.body + " ", nil),
            (nil, vector.body.replacingOccurrences(of: "500", with: "501"), nil),
            (nil, nil, vector.secret + "x"),
            ("t=\(vector.timestamp + 1),v1=\(code)", nil, nil),
            ("t=\(vector.timestamp),v1=\(code.uppercased())", nil, nil),
            ("t=\(vector.timestamp),v1=\(code.dropLast())", nil, nil),
            ("t=\(vector.timestamp),v1=\(code)0", nil, nil),
        ]
        for (header, body, secret) in tampered {
            await #expect(throws: InboundRefusal.wrongSignature) {
                try await verify(vector, header: header, body: body, secret: secret)
            }
        }
    }

    @Test(arguments: vectors)
    func `a header without a signature counts as missing`(vector: Vector) async throws {
        let code = try #require(vector.header.split(separator: "=").last)
        for header in [
            "", "t=\(vector.timestamp)", "v1=\(code)", "t=,v1=\(code)", "t=1e9,v1=\(code)",
            "t=+\(vector.timestamp),v1=\(code)", String(repeating: "v1=0,", count: 1_000),
        ] {
            await #expect(throws: InboundRefusal.unsigned) {
                try await verify(vector, header: header)
            }
        }
        await #expect(throws: InboundRefusal.unsigned) { try await verify(vector, name: "X") }
    }

    @Test(arguments: vectors)
    func `five minutes either way, and not a second more`(vector: Vector) async throws {
        for seconds in [-300, 300] as [Int64] {
            _ = try await verify(vector, seconds: vector.timestamp + seconds)
        }
        for seconds in [-301, 301, -vector.timestamp] as [Int64] {
            await #expect(throws: InboundRefusal.tooOld) {
                try await verify(vector, seconds: vector.timestamp + seconds)
            }
        }
    }

    @Test(arguments: vectors)
    func `a test event is refused in live mode`(vector: Vector) async throws {
        await #expect(throws: InboundRefusal.wrongMode) {
            try await verify(vector, key: "sk_live_x")
        }
    }

    @Test func `a live event is refused in test mode`() async throws {
        try await StripeBench.with { bench in
            let body = Array(
                #"{"id":"evt_1","object":"event","type":"x","created":1,"livemode":true}"#.utf8)
            let header = try bench.fake.signature(of: body, at: bench.time.seconds)
            #expect(throws: InboundRefusal.wrongMode) {
                try bench.processor.verify(body, headers: [header], at: bench.time.now)
            }
        }
    }

    @Test(arguments: [
        "", "[]", "null", "{}", #"{"id":"evt_1"}"#,
        #"{"id":"evt_1","object":"v2.core.event","type":"x"}"#, "\u{FEFF}{",
    ])
    func `signed bytes that are not an event are malformed`(body: String) async throws {
        try await StripeBench.with { bench in
            let bytes = Array(body.utf8)
            let header = try bench.fake.signature(of: bytes, at: bench.time.seconds)
            #expect(throws: InboundRefusal.malformed) {
                try bench.processor.verify(bytes, headers: [header], at: bench.time.now)
            }
        }
    }

    @Test func `without a signing secret every message is refused`() async throws {
        let processor = try StripeProcessor(
            settings: StripeSettings(secretKey: "sk_test_x", webhookSecret: nil),
            clock: TestTime().clock)
        let vector = try #require(StripeSignatureTests.vectors.first)
        #expect(throws: InboundRefusal.wrongSignature) {
            try processor.verify(
                Array(vector.body.utf8), headers: [("Stripe-Signature", vector.header)],
                at: Instant(milliseconds: vector.timestamp * 1_000))
        }
        try await processor.close()
    }
}
