import Foundation
import HTTPTypes
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Testing
import Workflows

@testable import Payments
@testable import Web

/// Routes that take no token: health, the reference, and processors' messages.
@Suite struct ServiceRouteTests {
    @Test func `alive and ready`() async throws {
        let served = try await Served()
        let alive = try await served.ask(.get, "/healthz", token: .some(nil))
        #expect(alive.status == 200 && alive.text == #"{"status":"alive"}"#)
        let ready = try await served.ask(.get, "/readyz", token: .some(nil))
        #expect(ready.status == 200)
        #expect(try ready.member("status") == "ready")
    }

    @Test func `not ready while the book cannot be written`() async throws {
        let served = try await Served()
        try served.test.database.close()
        let ready = try await served.ask(.get, "/readyz", token: .some(nil))
        #expect(ready.status == 503)
        #expect(try ready.member("status") == "not ready")
        #expect(try await served.ask(.get, "/healthz", token: .some(nil)).status == 200)
    }

    @Test func `the reference holds every operation, and nothing else`() async throws {
        let served = try await Served()
        let answer = try await served.ask(.get, "/openapi.json", token: .some(nil))
        #expect(answer.status == 200)
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0")
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let described = paths.flatMap { path, methods in
            methods.keys.map { "\($0.uppercased()) \(path)" }
        }
        let table = OperationTable.all.map { "\($0.method.rawValue) \($0.path)" }
        #expect(described.sorted() == table.sorted())
        let components = try #require(document["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: Any])
        let references = answer.text.matches(of: #/#\/components\/schemas\/(\w+)/#).map {
            String($0.1)
        }
        #expect(Set(references) == Set(schemas.keys))
    }

    // MARK: Processors

    /// A message of the Sandbox about a payment.
    private func message(_ served: Served) async throws -> String {
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge())
        _ = try await RunBilling.run(
            through: served.web.processors, in: served.test.context())
        let sandbox = try #require(served.web.processors.all.first)
        let page = try await sandbox.messages(after: nil, since: .noon.adding(days: -1))
        return String(decoding: try #require(page.messages.first).body, as: UTF8.self)
    }

    @Test func `a processor's message is kept once, however often it comes`() async throws {
        let served = try await Served()
        let body = try await message(served)
        let signed = ["Sandbox-Signature": SandboxMessages.signature(Array(body.utf8))]
        for _ in 0..<2 {
            let answer = try await served.ask(
                .post, "/processor-events/sandbox", body, token: .some(nil), headers: signed)
            #expect(answer.status == 200, "\(answer.text)")
        }
        let kept = try await served.test.rows(
            "SELECT count(*), count(DISTINCT remote_id) FROM processor_events")
        #expect(try kept[0].integer(0) == kept[0].integer(1))
    }

    @Test func `a message with a wrong signature is refused and not stored`() async throws {
        let served = try await Served()
        let body = try await message(served)
        let count = "SELECT count(*) FROM processor_events"
        let before = try await served.test.rows(count)[0].integer(0)
        let wrong: [(String, String?)] = [
            (body, nil), (body, "v1=00"), (body + " ", SandboxMessages.signature(Array(body.utf8))),
            ("{}", SandboxMessages.signature(Array("{}".utf8))),
        ]
        for (body, signature) in wrong {
            let answer = try await served.ask(
                .post, "/processor-events/sandbox", body, token: .some(nil),
                headers: signature.map { ["Sandbox-Signature": $0] } ?? [:])
            #expect(answer.status == 400, "\(answer.text)")
            #expect(try answer.member("code") == "not_believed")
        }
        #expect(try await served.test.rows(count)[0].integer(0) == before)
        let other = try await served.ask(
            .post, "/processor-events/stripe", body, token: .some(nil))
        #expect(other.status == 404)
    }

    @Test func `a message over the limit is refused`() async throws {
        let served = try await Served { $0.messageMaximumBytes = 1_000 }
        let answer = try await served.ask(
            .post, "/processor-events/sandbox", String(repeating: " ", count: 1_001))
        #expect(answer.status == 413)
    }

    // MARK: Limits

    @Test func `wrong tokens make a network wait, right ones do not`() async throws {
        let served = try await Served { $0.failuresPerMinute = 3 }
        for _ in 0..<3 {
            #expect(try await served.ask(.get, "/v1/pledges", token: "mst_1").status == 401)
        }
        let late = try await served.ask(.get, "/v1/pledges")
        #expect(late.status == 429)
        #expect(late.headers[.retryAfter] == "20")
        served.test.now = served.test.now.adding(seconds: 20)
        #expect(try await served.ask(.get, "/v1/pledges").status == 200)
    }

    @Test func `each token has its own rate limit`() async throws {
        let served = try await Served { $0.requestsPerSecond = 2 }
        let other = try await Served.token(APIScope.allCases, served.test)
        let answers = try await served.ask([
            (.get, "/v1/pledges", nil), (.get, "/v1/events", nil), (.get, "/v1/pledges", nil),
        ])
        #expect(answers.map(\.status) == [200, 200, 429])
        #expect(try await served.ask(.get, "/v1/pledges", token: other).status == 200)
        served.test.now = served.test.now.adding(seconds: 1)
        #expect(try await served.ask(.get, "/v1/pledges").status == 200)
    }

    @Test func `a network's limit is twice a token's, with or without a valid token`() async throws
    {
        let served = try await Served { $0.requestsPerSecond = 2 }
        let other = try await Served.token(APIScope.allCases, served.test)
        let mine = try await served.ask([(.get, "/v1/pledges", nil), (.get, "/v1/events", nil)])
        #expect(mine.map(\.status) == [200, 200])
        #expect(try await served.ask(.get, "/v1/pledges", token: other).status == 200)
        #expect(try await served.ask(.get, "/manage/none", token: .some(nil)).status == 404)
        let late = try await served.ask(.get, "/v1/pledges", token: other)
        #expect(late.status == 429 && late.headers[.retryAfter] == "1")
        let message = try await served.ask(
            .post, "/processor-events/sandbox", "{}", token: .some(nil))
        #expect(message.status == 429)
        #expect(try await served.ask(.get, "/confirm/none", token: .some(nil)).status == 429)
        served.test.now = served.test.now.adding(seconds: 1)
        #expect(try await served.ask(.get, "/v1/pledges", token: other).status == 200)
    }
}
