import FakeStripe
import Payments
import Pledging
import TestSupport
import Testing

/// Faults on the way to Stripe, with a real server on loopback.
@Suite struct StripeRetryTests {
    private static let create = "POST /v1/payment_intents"

    @Test(arguments: [
        [FakeFault.breaksBefore], [.breaksAfter], [.breaksAfter, .breaksAfter, .breaksBefore],
        [.answers(409, body: #"{"error":{"type":"idempotency_error"}}"#)],
        [.answers(429, headers: [("Retry-After", "3")])],
        [.answers(500), .breaksAfter], [.answers(503, body: "<html>busy</html>")],
        [.answers(400, headers: [("Stripe-Should-Retry", "true")])],
    ])
    func `the same key is sent until there is an answer, and money is taken once`(
        faults: [FakeFault]
    ) async throws {
        try await StripeBench.with { bench in
            for fault in faults { bench.fake.next(Self.create, fault) }
            let order = try bench.order(bench.fake.method())
            let answer = await bench.processor.collect(order)
            guard case .succeeded = answer.outcome else { throw Unexpected(what: "\(answer)") }
            #expect(bench.fake.taken.map(\.id) == [try #require(answer.remoteID)])
            let keys = bench.fake.requests.map(\.key)
            #expect(keys == Array(repeating: order.reference.key, count: faults.count + 1))
        }
    }

    @Test func `after four calls the outcome is unknown; the key finds it later`() async throws {
        try await StripeBench.with { bench in
            for _ in 1...4 { bench.fake.next(Self.create, .breaksAfter) }
            let order = try bench.order(bench.fake.method())
            let lost = await bench.processor.collect(order)
            guard case .unknown(let words) = lost.outcome else { throw Unexpected(what: "\(lost)") }
            #expect(words.hasPrefix("no answer from Stripe") || words.hasPrefix("no connection"))
            #expect(bench.fake.requests.count == 4)
            #expect(bench.time.waits == [500, 1_000, 2_000])
            let found = await bench.processor.collect(order)
            guard case .succeeded = found.outcome else { throw Unexpected(what: "\(found)") }
            #expect(bench.fake.taken.map(\.id) == [try #require(found.remoteID)])
        }
    }

    @Test func `an error saved under the key repeats; the payment is looked up`()
        async throws
    {
        try await StripeBench.with { bench in
            bench.fake.next(Self.create, .failsAfter(shouldRetry: nil))
            let order = try bench.order(bench.fake.method())
            let answer = await bench.processor.collect(order)
            #expect(answer == ChargeAnswer(.unknown("Stripe answered 500")))
            #expect(bench.fake.requests.count == 4)
            let found = await bench.processor.lookUp(order.reference, remoteID: nil)
            guard case .found(let paid) = found, case .succeeded = paid.outcome else {
                throw Unexpected(what: "\(found)")
            }
            #expect(bench.fake.taken.map(\.id) == [try #require(paid.remoteID)])
        }
    }

    @Test func `no retry if Stripe says that retrying is useless`() async throws {
        try await StripeBench.with { bench in
            bench.fake.next(Self.create, .failsAfter(shouldRetry: false))
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            #expect(answer == ChargeAnswer(.unknown("Stripe answered 500")))
            #expect(bench.fake.requests.count == 1)
            #expect(bench.time.waits.isEmpty)
        }
    }

    @Test func `Retry-After is respected`() async throws {
        try await StripeBench.with { bench in
            bench.fake.next(Self.create, .answers(429, headers: [("Retry-After", "7")]))
            _ = await bench.processor.collect(try bench.order(bench.fake.method()))
            #expect(bench.time.waits == [7_000])
        }
    }

    @Test func `waits end with the total time`() async throws {
        try await StripeBench.with(totalSeconds: 60) { bench in
            bench.fake.next(Self.create, .answers(429, headers: [("Retry-After", "60")]))
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            #expect(answer == ChargeAnswer(.unknown("Stripe answered 429")))
            #expect(bench.time.waits.isEmpty)
        }
    }

    @Test func `after a time-out the key is in use, and money is taken once`()
        async throws
    {
        try await StripeBench.with(callSeconds: 3) { bench in
            bench.fake.next(Self.create, .held)
            let order = try bench.order(bench.fake.method())
            let lost = await bench.processor.collect(order)
            // The first call is still in progress there. Later calls are refused because the key is
            // in use. If there was no time for them, the first call got no answer in time.
            guard case .unknown = lost.outcome else { throw Unexpected(what: "\(lost)") }
            bench.fake.release()
            // A busy machine may not answer within three seconds either.
            var found = await bench.processor.lookUp(order.reference, remoteID: nil)
            for _ in 1...30 {
                guard case .unreachable = found else { break }
                found = await bench.processor.lookUp(order.reference, remoteID: nil)
            }
            guard case .found(let paid) = found, case .succeeded = paid.outcome else {
                throw Unexpected(what: "\(found)")
            }
            #expect(bench.fake.taken.count == 1)
        }
    }

    @Test func `concurrent charges are each taken once, whatever breaks`() async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method()
            for _ in 1...10 { bench.fake.next(Self.create, .breaksAfter, .answers(429), .none) }
            let orders = try (1...24).map { try bench.order(token, $0) }
            let paid = await withTaskGroup(of: Bool.self) { group in
                for order in orders {
                    group.addTask {
                        // An unknown outcome is asked for again under the same key, as
                        // ReconcileCharges does.
                        for _ in 1...20 {
                            let answer = await bench.processor.collect(order)
                            if case .succeeded = answer.outcome { return true }
                        }
                        return false
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(paid == 24)
            #expect(bench.fake.taken.count == 24)
        }
    }

    @Test func `calls keep to the account's rate`() async throws {
        let time = TestTime()
        let fake = try await FakeStripe { time.seconds }
        let processor = try StripeProcessor(
            settings: StripeSettings(
                secretKey: fake.secretKey, webhookSecret: nil, baseURL: fake.baseURL,
                requestsPerSecond: 2),
            clock: time.clock)
        for _ in 1...4 { _ = try await processor.time() }
        #expect(time.waits == [500, 500])
        try await processor.close()
        await fake.stop()
    }

    @Test func `an answer that is too long is not read to its end`() async throws {
        try await StripeBench.with { bench in
            let long = String(repeating: " ", count: 2 << 20)
            for _ in 1...4 { bench.fake.next("GET /v1/payment_intents", .answers(200, body: long)) }
            let error = await #expect(throws: ProcessorUnavailable.self) {
                _ = try await bench.processor.time()
            }
            #expect(error?.reason == "the answer of Stripe is too long")
        }
    }

    @Test func `a refused connection is reported as no connection`() async throws {
        let processor = try StripeProcessor(
            settings: StripeSettings(
                secretKey: "sk_test_hidden", webhookSecret: nil, baseURL: "http://127.0.0.1:1"),
            clock: TestTime().clock)
        let error = await #expect(throws: ProcessorUnavailable.self) {
            _ = try await processor.time()
        }
        #expect(error?.needsOperator == false)
        #expect(error?.reason.contains("hidden") == false)
        try await processor.close()
    }

    @Test func `an untrusted certificate ends the call before the key is sent`()
        async throws
    {
        let time = TestTime()
        let receiver = try WebhookReceiver(tls: true)
        let processor = try StripeProcessor(
            settings: StripeSettings(
                secretKey: "sk_test_hidden", webhookSecret: nil,
                baseURL: "https://127.0.0.1:\(receiver.port)"),
            clock: time.clock)
        await #expect(throws: ProcessorUnavailable.self) { _ = try await processor.time() }
        try await processor.close()
        #expect(try receiver.requests().allSatisfy { $0.path == "/tls" })
    }

    @Test func `the processor's time is read`() async throws {
        try await StripeBench.with { bench in
            bench.time.pass(seconds: 3_600)
            let time = try await bench.processor.time()
            #expect(time == bench.time.now)
            #expect(bench.fake.requests.map(\.call) == ["GET /v1/payment_intents"])
            #expect(bench.processor.mode == .test)
            #expect(bench.processor.name == "stripe")
        }
    }
}
