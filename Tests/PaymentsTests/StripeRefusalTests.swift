import FakeStripe
import Payments
import Pledging
import Testing

/// Refusals by Stripe itself: no bank was asked, and no reader is told.
@Suite struct StripeRefusalTests {
    /// Status, code, param; then our code and whose affair it is. Written out from
    /// docs.stripe.com/error-codes.
    private static let refusals: [(Int, String, String, String, DeclineBucket)] = [
        // The account.
        (401, "", "", "secret_key_required", .operator),
        (401, "api_key_expired", "", "api_key_expired", .operator),
        (403, "more_permissions_required", "", "secret_key_required", .operator),
        (403, "livemode_mismatch", "", "livemode_mismatch", .operator),
        (403, "resource_missing", "payment_method", "secret_key_required", .operator),
        (400, "testmode_charges_only", "", "testmode_charges_only", .operator),
        (400, "account_invalid", "", "account_invalid", .operator),
        (400, "secret_key_required", "payment_method", "secret_key_required", .operator),
        // The reader's token.
        (400, "resource_missing", "payment_method", "resource_missing", .needsSupporter),
        (404, "resource_missing", "payment_method", "resource_missing", .needsSupporter),
        (400, "resource_missing", "customer", "resource_missing", .needsSupporter),
        (400, "resource_missing", "mandate", "resource_missing", .needsSupporter),
        (400, "resource_missing", "", "resource_missing", .needsSupporter),
        (404, "resource_missing", "", "resource_missing", .needsSupporter),
        (404, "", "", "resource_missing", .needsSupporter),
        // A method that was detached from its customer: Stripe names neither code nor parameter.
        (400, "", "", "resource_missing", .needsSupporter),
        (400, "a_code_of_next_year", "", "resource_missing", .needsSupporter),
        (400, "payment_method_unactivated", "", "resource_missing", .needsSupporter),
        (
            400, "payment_method_provider_decline", "off_session", "resource_missing",
            .needsSupporter
        ),
        (400, "token_already_used", "", "resource_missing", .needsSupporter),
        (
            400, "payment_intent_incompatible_payment_method", "payment_method_types",
            "resource_missing", .needsSupporter
        ),
        (400, "", "payment_method", "resource_missing", .needsSupporter),
        (400, "parameter_invalid_empty", "customer", "resource_missing", .needsSupporter),
        (
            400, "payment_method_unexpected_state", "payment_method", "resource_missing",
            .needsSupporter
        ),
        (400, "expired_card", "payment_method", "expired_card", .needsSupporter),
        (400, "parameter_unknown", "payment_method[card]", "resource_missing", .needsSupporter),
        // The amount.
        (400, "amount_too_small", "amount", "amount_too_small", .impossible),
        (400, "amount_too_large", "", "amount_too_large", .impossible),
        (400, "parameter_invalid_integer", "amount", "invalid_amount", .impossible),
        (400, "", "currency", "invalid_amount", .impossible),
        (400, "resource_missing", "currency", "invalid_amount", .impossible),
        // Something else about this request.
        (400, "parameter_unknown", "return_url", "request_refused", .impossible),
        (400, "resource_missing", "on_behalf_of", "request_refused", .impossible),
        (400, "", "payment_method_types", "request_refused", .impossible),
    ]

    @Test(arguments: refusals)
    func `a refusal says whose fault it is`(
        status: Int, code: String, param: String, expected: String, bucket: DeclineBucket
    ) async throws {
        try await StripeBench.with { bench in
            let body =
                #"{"error":{"type":"invalid_request_error","code":"\#(code)","#
                + #""param":"\#(param)","message":"pm_1"}}"#
            bench.fake.next("POST /v1/payment_intents", .answers(status, body: body))
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            let decline = Decline(code: expected)
            #expect(answer == ChargeAnswer(.declined(decline)))
            #expect(decline.bucket == bucket)
            #expect(bench.fake.requests.count == 1)
        }
    }

    @Test func `a missing mandate ends the method`() async throws {
        try await StripeBench.with { bench in
            bench.fake.next(
                "POST /v1/payment_intents",
                .answers(
                    400,
                    body: #"{"error":{"type":"invalid_request_error","#
                        + #""code":"payment_intent_mandate_invalid"}}"#))
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            guard case .declined(let decline) = answer.outcome else {
                throw Unexpected(what: "\(answer)")
            }
            #expect(decline.bucket == .hard)
        }
    }

    @Test func `a token that Stripe does not have, or another customer has, is refused`()
        async throws
    {
        try await StripeBench.with { bench in
            let attached = bench.fake.method(customer: bench.fake.customer())
            for (number, token) in ["pm_gone", attached].enumerated() {
                let answer = await bench.processor.collect(try bench.order(token, number + 1))
                #expect(answer == ChargeAnswer(.declined(Decline(code: "resource_missing"))))
            }
        }
    }

    @Test func `an amount below Stripe's minimum is refused by its own code`() async throws {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(bench.fake.method(), amount: 49))
            #expect(answer == ChargeAnswer(.declined(Decline(code: "amount_too_small"))))
        }
    }

    @Test func `a wrong key stops everything, and says so without a secret`() async throws {
        let key = "sk_test_wrong_and_secret"
        try await StripeBench.with(key: key) { bench in
            let token = bench.fake.method()
            let answer = await bench.processor.collect(try bench.order(token))
            #expect(answer == ChargeAnswer(.declined(Decline(code: "secret_key_required"))))
            let found = await bench.processor.lookUp(bench.reference(), remoteID: "pi_1")
            #expect(found == .unreachable("Stripe refused: 401 without a code"))
            let error = await #expect(throws: ProcessorUnavailable.self) {
                _ = try await bench.processor.time()
            }
            #expect(error?.needsOperator == true)
            #expect(error?.reason == "Stripe refused: 401 without a code")
            let refund = await bench.processor.refund(try bench.refundOrder("pi_1", amount: 1))
            #expect(refund == RefundAnswer(.failed("secret_key_required")))
        }
    }

    @Test func `a missing permission is an operator error`() async throws {
        try await StripeBench.with { bench in
            bench.fake.forbid("/v1/events")
            let error = await #expect(throws: ProcessorUnavailable.self) {
                _ = try await bench.processor.messages(after: nil, since: bench.time.now)
            }
            #expect(error?.needsOperator == true)
            #expect(
                error?.reason == "Stripe refused: 403 more_permissions_required_for_application")
        }
    }

    @Test(arguments: [
        FakeFault.answers(400, body: "<html>a proxy's own page</html>"), .answers(403),
        .answers(200, body: "no JSON"), .answers(200, body: "{}"),
        .answers(302, headers: [("Location", "http://127.0.0.1:1/")]), .answers(418, body: "{}"),
    ])
    func `a response that is not Stripe's leaves the outcome unknown`(fault: FakeFault) async throws
    {
        try await StripeBench.with { bench in
            bench.fake.next("POST /v1/payment_intents", fault)
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            guard case .unknown = answer.outcome else { throw Unexpected(what: "\(answer)") }
            #expect(bench.fake.requests.count == 1)
        }
    }

    @Test func `a key reused for another order leaves the outcome unknown`() async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method()
            _ = await bench.processor.collect(try bench.order(token, amount: 500))
            let answer = await bench.processor.collect(try bench.order(token, amount: 700))
            let words = "Stripe knows this idempotency key from a different order"
            #expect(answer.outcome == .unknown(words))
            #expect(bench.fake.taken.map(\.amount) == [500])
        }
    }

    @Test func `errors contain no token and no message of Stripe`() async throws {
        let secret = "pm_secret_4242424242424242"
        let body = """
            {"error":{"type":"\(secret)","code":"\(secret) !","decline_code":"\(secret) !",\
            "message":"No such PaymentMethod: '\(secret)'"}}
            """
        try await StripeBench.with { bench in
            for status in [400, 401, 402, 403, 404, 409, 418, 429, 500] {
                let fault = FakeFault.answers(
                    status, headers: [("Stripe-Should-Retry", "false")], body: body)
                bench.fake.next("POST /v1/payment_intents", fault)
                bench.fake.next("POST /v1/refunds", fault)
                bench.fake.next("GET /v1/payment_methods/\(secret)", fault)
                let answer = await bench.processor.collect(try bench.order(secret))
                let refund = await bench.processor.refund(
                    try bench.refundOrder("pi_1", amount: 500))
                var words = "\(answer.outcome) \(refund.outcome)"
                do { _ = try await bench.processor.issuingCountry(ofToken: secret) } catch {
                    words += "\(error)"
                }
                #expect(!words.contains("4242") && !words.contains(bench.fake.secretKey))
            }
        }
    }
}
