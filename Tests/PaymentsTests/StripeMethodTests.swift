import FakeStripe
import Payments
import Pledging
import Testing

@Suite struct StripeMethodTests {
    @Test(
        arguments: [
            ("card", "US", "US"), ("sepa_debit", "de", "DE"), ("paypal", "FR", "FR"),
            ("card", nil, nil), ("klarna", "SE", nil),
        ] as [(String, String?, String?)])
    func `the country of the bank behind a token`(
        type: String, country: String?, expected: String?
    ) async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method(type: type, country: country)
            let found = try await bench.processor.issuingCountry(ofToken: token)
            #expect(found == expected)
        }
    }

    @Test(arguments: ["pm_gone", "", "../events", "pm_1?expand[]=customer"])
    func `an unknown token has no known country`(token: String) async throws {
        try await StripeBench.with { bench in
            let found = try await bench.processor.issuingCountry(ofToken: token)
            #expect(found == nil)
        }
    }

    @Test func `a token and its customer are forgotten; repeating it changes nothing`() async throws
    {
        try await StripeBench.with { bench in
            let customer = bench.fake.customer()
            let token = bench.fake.method(customer: customer)
            for _ in 1...2 {
                try await bench.processor.forget(token: token, customer: customer)
                #expect(!bench.fake.isAttached(token))
                #expect(!bench.fake.hasCustomer(customer))
            }
        }
    }

    @Test(arguments: ["pm_gone", "../customers/cus_1", ""])
    func `forgetting what is already gone succeeds`(token: String) async throws {
        try await StripeBench.with { bench in
            try await bench.processor.forget(token: token, customer: "cus_gone")
            let deleted = bench.fake.requests.filter { $0.method == "DELETE" }.map(\.path)
            #expect(deleted == ["/v1/customers/cus_gone"])
        }
    }

    @Test func `a token that was not forgotten is not reported as forgotten`() async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method(customer: bench.fake.customer())
            bench.fake.next(
                "POST /v1/payment_methods/\(token)/detach",
                .answers(400, body: #"{"error":{"type":"invalid_request_error"}}"#))
            let error = await #expect(throws: ProcessorUnavailable.self) {
                try await bench.processor.forget(token: token, customer: nil)
            }
            #expect(error?.reason == "Stripe refused: 400 without a code")
            bench.fake.forbid("/v1/customers")
            await #expect(throws: ProcessorUnavailable.self) {
                try await bench.processor.forget(token: token, customer: "cus_1")
            }
        }
    }

    @Test func `a reader's page gets its own secret, the same on repetition`()
        async throws
    {
        try await StripeBench.with { bench in
            let first = try await bench.processor.prepareMethod(.card, of: bookID, key: "k1")
            let again = try await bench.processor.prepareMethod(.card, of: bookID, key: "k1")
            let other = try await bench.processor.prepareMethod(.card, of: bookID, key: "k2")
            #expect(first == again)
            #expect(other != first)
            #expect(bench.fake.hasCustomer(first.customer))
            #expect(first.clientSecret.hasPrefix("\(first.remoteID)_secret_"))
            #expect(!"\(first)".contains("secret"))
            await #expect(throws: ProcessorUnavailable.self) {
                _ = try await bench.processor.prepareMethod(.crypto, of: bookID, key: "k3")
            }
        }
    }
}
