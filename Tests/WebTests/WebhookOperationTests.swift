import HTTPTypes
import Pledging
import TestSupport
import Testing
import Workflows

@testable import Web

@Suite struct WebhookOperationTests {
    private func added(_ served: Served, headers: [String: String] = [:]) async throws
        -> Served.Answer
    {
        try await served.ask(
            .post, "/v1/webhook-endpoints", #"{"url":"https://example.org/hooks"}"#,
            headers: headers)
    }

    @Test func `the secret is shown once, and again only under the same key`() async throws {
        let served = try await Served()
        let key = ["Idempotency-Key": "k1"]
        let first = try await added(served, headers: key)
        let secret = try #require(try first.member("secret"))
        #expect(secret.hasPrefix("whsec_"))
        #expect(try await added(served, headers: key).text == first.text)
        let id = try #require(try first.member("id"))
        #expect(first.headers[.location] == "/v1/webhook-endpoints/\(id)")
        let shown = try await served.ask(.get, "/v1/webhook-endpoints/\(id)")
        let all = try await served.ask(.get, "/v1/webhook-endpoints")
        #expect(!shown.text.contains(secret) && !all.text.contains(secret))
        #expect(all.text.contains(id))
    }

    @Test(arguments: [
        "http://example.org/", "example.org", "", "https://u@10.0.0.1:99999/",
        "https://127.0.0.1/x", "https://[::1]/", "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
    ])
    func `a target that no webhook can reach is refused`(_ url: String) async throws {
        let answer = try await Served().ask(
            .post, "/v1/webhook-endpoints", "{\"url\":\"\(url)\"}")
        #expect(answer.status == 422, "\(answer.text)")
        #expect(try answer.member("field") == "url")
    }

    @Test func `a token cannot allow private targets`() async throws {
        let served = try await Served()
        for name in ["allow_private", "allow_http"] {
            let answer = try await served.ask(
                .post, "/v1/webhook-endpoints",
                "{\"url\":\"https://example.org/\",\"\(name)\":true}")
            #expect(answer.status == 422)
        }
        // What the command line allowed for one address does not hold for the next.
        let made = try await AddWebhookEndpoint.run(
            url: "http://10.0.0.1/hooks", events: [], allowsHTTP: true, allowsPrivate: true,
            in: served.test.context())
        let path = "/v1/webhook-endpoints/\(made.endpoint.id.text)"
        let plain = try await served.ask(.patch, path, #"{"url":"http://10.0.0.2/"}"#)
        #expect(plain.status == 422)
        let near = try await served.ask(.patch, path, #"{"url":"https://10.0.0.2/"}"#)
        #expect(near.status == 422)
        let moved = try await served.ask(.patch, path, #"{"url":"https://example.org/"}"#)
        #expect(moved.status == 200)
        #expect(try moved.member("allow_private") == "false")
        #expect(try moved.member("allow_http") == "false")
    }

    @Test func `only the seen version is changed or removed`() async throws {
        let served = try await Served()
        let id = try #require(try await added(served).member("id"))
        let path = "/v1/webhook-endpoints/\(id)"
        let off = #"{"state":"disabled"}"#
        let changed = try await served.ask(.patch, path, off, headers: ["If-Match": "\"1\""])
        #expect(changed.headers[.eTag] == "\"2\"")
        let late = try await served.ask(.delete, path, headers: ["If-Match": "\"1\""])
        #expect(late.status == 412)
        let removed = try await served.ask(.delete, path, headers: ["If-Match": "\"2\""])
        #expect(try removed.member("state") == "disabled")
        #expect(try await served.ask(.get, path).status == 404)
    }

    @Test func `a test event is sent at once and reports the response`() async throws {
        let served = try await Served()
        let id = try #require(try await added(served).member("id"))
        let answer = try await served.ask(.post, "/v1/webhook-endpoints/\(id)/test", "{}")
        #expect(try answer.member("delivered") == "true")
        #expect(try answer.member("status") == "204")
    }

    @Test func `deliveries are listed by endpoint and state, and sent again`() async throws {
        let served = try await Served()
        let id = try #require(try await added(served).member("id"))
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let list = "/v1/webhook-deliveries?endpoint=\(id)&state=waiting"
        let waiting = try await served.ask(.get, list)
        guard case .array(let rows)? = try waiting.json["data"],
            case .string(let delivery)? = rows.first?["id"]
        else {
            Issue.record("no delivery waits: \(waiting.text)")
            return
        }
        let again = try await served.ask(
            .post, "/v1/webhook-deliveries/\(delivery)/replay", "{}")
        #expect(again.text == #"{"queued":1}"#)
        let all = try await served.ask(
            .post, "/v1/webhook-endpoints/\(id)/replay", #"{"since":"2026-11-22T00:00:00Z"}"#)
        #expect(try all.member("queued") == String(rows.count))
        let none = try await served.ask(.get, "/v1/webhook-deliveries?state=dead")
        #expect(none.text == #"{"data":[],"next":null}"#)
    }
}
