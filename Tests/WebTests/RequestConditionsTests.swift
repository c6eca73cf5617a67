import HTTPTypes
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@testable import Web

/// Repeated requests, and changes to what somebody else has changed meanwhile.
@Suite struct RequestConditionsTests {
    private static let key = ["Idempotency-Key": "k-1"]

    @Test(arguments: [
        ("/v1/pledges", Served.pledge()), ("/v1/supporters", #"{"email":"a@example.org"}"#),
        ("/v1/reminders", #"{"supporter":{"email":"a@example.org"},"in":"week"}"#),
    ])
    func `under the same key it is done once, and answered with the same bytes`(
        _ path: String, _ body: String
    ) async throws {
        let served = try await Served()
        let first = try await served.ask(.post, path, body, headers: Self.key)
        served.test.now = served.test.now.adding(days: 2)
        let second = try await served.ask(.post, path, body, headers: Self.key)
        #expect(first.status == 201 && second.status == 201)
        #expect(second.text == first.text)
        #expect(second.headers[.location] == first.headers[.location])
        #expect(first.headers[.eTag] != nil && second.headers[.eTag] == first.headers[.eTag])
        #expect(first.header("Idempotent-Replayed") == nil)
        #expect(second.header("Idempotent-Replayed") == "true")
        let rows = try await served.test.rows(
            "SELECT (SELECT count(*) FROM pledges) + (SELECT count(*) FROM reminders)")
        #expect(try rows[0].integer(0) <= 1)
        #expect(try await served.test.supporters().count == 1)
    }

    @Test func `one key refunds once`() async throws {
        let served = try await Served()
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge())
        _ = try await RunBilling.run(
            through: served.web.processors, in: served.test.context())
        let charge = try #require(try await served.test.charges().first)
        let path = "/v1/charges/\(charge.id)/refunds"
        let first = try await served.ask(.post, path, #"{"amount":"2.00"}"#, headers: Self.key)
        let second = try await served.ask(.post, path, #"{"amount":"2.00"}"#, headers: Self.key)
        #expect(first.status == 201 && second.text == first.text, "\(second.text)")
        let shown = try await served.ask(.get, "/v1/charges/\(charge.id)")
        #expect(try shown.member("refunded.amount") == "2.00")
    }

    @Test func `white space and the order of members do not matter to a key`() async throws {
        let served = try await Served()
        let first = try await served.ask(
            .post, "/v1/supporters", #"{"email":"a@example.org","name":"A"}"#, headers: Self.key)
        let second = try await served.ask(
            .post, "/v1/supporters", #"{ "name": "A", "email": "a@example.org" }"#,
            headers: Self.key)
        #expect(second.text == first.text)
    }

    @Test func `a key is bound to one request`() async throws {
        let served = try await Served()
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge(), headers: Self.key)
        let others = [
            ("/v1/pledges", Served.pledge(email: "other@example.org")),
            ("/v1/supporters", #"{"email":"a@example.org"}"#),
        ]
        for (path, body) in others {
            let answer = try await served.ask(.post, path, body, headers: Self.key)
            #expect(answer.status == 409)
            #expect(try answer.member("field") == "idempotency-key")
        }
        #expect(try await served.test.supporters().count == 1)
    }

    @Test func `two programs may use the same key`() async throws {
        let served = try await Served()
        let other = try await Served.token(APIScope.allCases, served.test)
        let first = try await served.ask(.post, "/v1/pledges", Served.pledge(), headers: Self.key)
        let second = try await served.ask(
            .post, "/v1/pledges", Served.pledge(email: "b@example.org"), token: other,
            headers: Self.key)
        #expect(second.status == 201 && second.text != first.text)
    }

    @Test func `a failure is not stored under the key`() async throws {
        let served = try await Served()
        let refused = try await served.ask(
            .post, "/v1/pledges", Served.pledge(more: #","starts_on":"2020-01-01""#),
            headers: Self.key)
        #expect(refused.status == 422)
        let taken = try await served.ask(.post, "/v1/pledges", Served.pledge(), headers: Self.key)
        #expect(taken.status == 201)
    }

    @Test(arguments: [String(repeating: "k", count: 256), "4242424242424242"])
    func `a malformed key is refused`(_ key: String) async throws {
        let served = try await Served()
        let answer = try await served.ask(
            .post, "/v1/pledges", Served.pledge(), headers: ["Idempotency-Key": key])
        #expect(answer.status == 422)
        #expect(try answer.member("field") == "idempotency-key")
    }

    @Test func `many at once under one key make one pledge`() async throws {
        let served = try await Served()
        let answers = try await withThrowingTaskGroup(of: Served.Answer.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await served.ask(
                        .post, "/v1/pledges", Served.pledge(), headers: Self.key)
                }
            }
            return try await group.reduce(into: [Served.Answer]()) { $0.append($1) }
        }
        #expect(Set(answers.map(\.text)) == [answers[0].text])
        #expect(try await served.test.pledges().count == 1)
    }

    // MARK: Versions

    @Test func `a change of the seen version is made, of another version refused`() async throws {
        let served = try await Served()
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let path = "/v1/pledges/\(try #require(try made.member("id")))"
        let tag = try #require(made.headers[.eTag])
        let first = try await served.ask(
            .patch, path, #"{"amount":"4.00"}"#, headers: ["If-Match": tag])
        #expect(first.status == 200 && first.headers[.eTag] == "\"2\"")
        let second = try await served.ask(
            .patch, path, #"{"amount":"3.00"}"#, headers: ["If-Match": tag])
        #expect(second.status == 412)
        #expect(try second.member("code") == "version_mismatch")
        #expect(try await served.ask(.get, path).member("amount.amount") == "4.00")
        for anyhow in [[:], ["If-Match": "*"], ["If-Match": "W/\"3\""]] {
            let answer = try await served.ask(
                .patch, path, #"{"receipts":"yearly"}"#, headers: anyhow)
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    @Test func `If-Match on a POST checks the version of the entity that it acts on`()
        async throws
    {
        let served = try await Served()
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge())
        _ = try await RunBilling.run(
            through: served.web.processors, in: served.test.context())
        let method = try #require(try await served.test.pledges().first?.paymentMethodID)
        let charge = try #require(try await served.test.charges().first)
        let endpoint = try await AddWebhookEndpoint.run(
            url: "https://example.org/", events: [], allowsHTTP: false, allowsPrivate: false,
            in: served.test.context()
        ).endpoint
        let requests = [
            ("/v1/payment-methods/\(method)/replace", #"{"payment_method":{"token":"tok_2"}}"#, 1),
            ("/v1/webhook-endpoints/\(endpoint.id)/rotate", "{}", endpoint.version),
            ("/v1/charges/\(charge.id)/refunds", #"{"amount":"1.00"}"#, charge.version),
        ]
        for (path, body, version) in requests {
            let late = try await served.ask(.post, path, body, headers: ["If-Match": "\"99\""])
            #expect(late.status == 412, "\(late.text)")
            let seen = try await served.ask(
                .post, path, body, headers: ["If-Match": "\"\(version)\""])
            #expect(seen.status == 201, "\(seen.text)")
        }
    }

    @Test(arguments: ["x", "W/1", "+1", "-1", "\"x\"", "\"", "\"1\", \"2\""])
    func `an ETag of another form is refused`(_ tag: String) async throws {
        let served = try await Served()
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let answer = try await served.ask(
            .patch, "/v1/pledges/\(try made.member("id") ?? "")", #"{"amount":"4.00"}"#,
            headers: ["If-Match": tag])
        #expect(answer.status == 400)
        #expect(try answer.member("field") == "if-match")
    }
}
