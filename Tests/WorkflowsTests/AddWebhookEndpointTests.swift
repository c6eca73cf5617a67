import MainstayWebhooks
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct AddWebhookEndpointTests {
    @Test func `an endpoint is added with a secret that is shown once`() async throws {
        let test = try await TestBook()
        let added = try await AddWebhookEndpoint.run(
            url: "https://example.org/x?key=topsecret", events: ["pledge.*", "*.created"],
            allowsHTTP: false, allowsPrivate: true, in: test.context())
        let (endpoint, secret) = (added.endpoint, added.secret)
        _ = try WebhookSecret(secret)
        let stored = try await test.endpoint(endpoint.id)
        #expect(stored == endpoint)
        #expect(stored.secrets.map(\.text) == [secret])
        #expect(!stored.json.text.contains(secret.dropFirst(6)))
        #expect(try await test.faults() == [])
    }

    @Test func `neither URL nor secret stands in the file`() async throws {
        let test = try await TestBook()
        let secret = try await AddWebhookEndpoint.run(
            url: "https://example.org/x?key=topsecret", events: [], allowsHTTP: false,
            allowsPrivate: false, in: test.context()
        ).secret
        let bytes = try test.fileBytes()
        for text in [secret, String(secret.dropFirst(6)), "topsecret", "example.org/x"] {
            #expect(!bytes.contains(text))
        }
        #expect(bytes.contains("webhook_endpoints"))
    }

    @Test(
        arguments: [
            ("http://example.org/", [], .url), ("example.org", [], .url), ("", [], .url),
            ("https://example.org/?card=4242424242424242", [], .url),
            ("https://example.org/", ["nothing.*"], .events),
            ("https://example.org/", ["pledge"], .events),
        ] as [(String, [String], Problem.Field)])
    func `a malformed endpoint is refused by field`(
        url: String, events: [String], field: Problem.Field
    ) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: field) {
            _ = try await AddWebhookEndpoint.run(
                url: url, events: events, allowsHTTP: false, allowsPrivate: false,
                in: test.context())
        }
        #expect(try await BrowseBook.webhookEndpoints(in: test.context()).isEmpty)
    }

    @Test func `there are twenty endpoints at most`() async throws {
        let test = try await TestBook()
        for _ in 0..<20 { try await test.addEndpoint() }
        await expectRefusal(.conflict) { try await test.addEndpoint() }
    }
}
