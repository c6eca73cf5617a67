import Foundation
import MainstayWebhooks
import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

@Suite struct WebhookEndpointTests {
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
    func `what is no endpoint is refused by field`(
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

    @Test func `an endpoint changes in part, and its version counts`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        let changed = try await UpdateWebhookEndpoint.run(
            endpoint.id, .init(events: ["pledge.*"], allowsPrivate: true), in: test.context())
        #expect(changed.url == endpoint.url && changed.secrets == endpoint.secrets)
        #expect(changed.events.map(\.description) == ["pledge.*"] && changed.allowsPrivate)
        #expect(changed.version == 2)
        #expect(try await test.endpoint(endpoint.id) == changed)
        let same = try await UpdateWebhookEndpoint.run(endpoint.id, .init(), in: test.context())
        #expect(same == changed)
    }

    @Test func `http that was allowed cannot be disallowed under a URL of it`() async throws {
        let test = try await TestBook()
        let id = try await AddWebhookEndpoint.run(
            url: "http://example.org/", events: [], allowsHTTP: true, allowsPrivate: false,
            in: test.context()
        ).endpoint.id
        await expectRefusal(.invalid, field: .url) {
            _ = try await UpdateWebhookEndpoint.run(
                id, .init(allowsHTTP: false), in: test.context())
        }
    }

    @Test func `switching off is an event, switching on forgets the failures`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        let receiver = ScriptedReceiver(.failed("no connection"))
        try await test.addPerson()
        _ = try await test.deliver(to: receiver)
        #expect(try await test.endpoint(endpoint.id).failingSince == test.now)
        let off = try await UpdateWebhookEndpoint.run(
            endpoint.id, .init(state: .disabled), in: test.context())
        #expect(off.state == .disabled)
        #expect(try await test.history(of: endpoint.id.text) == ["webhook_endpoint.disabled"])
        let on = try await UpdateWebhookEndpoint.run(
            endpoint.id, .init(state: .enabled), in: test.context())
        #expect(on.state == .enabled && on.failingSince == nil)
    }

    @Test func `what is changed and switched off at once is both`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        let change = UpdateWebhookEndpoint.Wish(
            url: "https://example.org/new", events: ["charge.*"], state: .disabled)
        for _ in 0..<2 {
            let changed = try await UpdateWebhookEndpoint.run(
                endpoint.id, change, in: test.context())
            #expect(changed.url == "https://example.org/new" && changed.state == .disabled)
            #expect(changed.events.map(\.description) == ["charge.*"])
            #expect(changed.version == 3)
        }
        #expect(try await test.faults() == [])
    }

    // MARK: Rotation

    @Test func `both secrets sign for a day, the newest first`() async throws {
        let test = try await TestBook()
        let added = try await AddWebhookEndpoint.run(
            url: TestBook.receiverURL, events: [], allowsHTTP: false, allowsPrivate: false,
            in: test.context())
        let (endpoint, old) = (added.endpoint, added.secret)
        let turned = try await RotateWebhookSecret.run(
            endpoint.id, overlapHours: 24, in: test.context())
        let (rotated, new) = (turned.endpoint, turned.secret)
        #expect(new != old)
        #expect(rotated.secrets(at: test.now) == [new, old])
        let receiver = ScriptedReceiver()
        try await test.addPerson()
        _ = try await test.deliver(to: receiver)
        #expect(receiver.requests.first?.secrets.map(\.text) == [new, old])
        test.now = test.now.adding(hours: 24)
        #expect(rotated.secrets(at: test.now) == [new])
        #expect(rotated.secrets(at: test.now.adding(milliseconds: -1)) == [new, old])
    }

    @Test func `with no overlap the old secret ends at once`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        let turned = try await RotateWebhookSecret.run(
            endpoint.id, overlapHours: 0, in: test.context())
        let (rotated, new) = (turned.endpoint, turned.secret)
        #expect(rotated.secrets.map(\.text) == [new])
    }

    @Test func `rotated again and again, four sign at most, and none lives longer by it`()
        async throws
    {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        var made: [String] = []
        for _ in 0..<6 {
            made.append(
                try await RotateWebhookSecret.run(
                    endpoint.id, overlapHours: 1, in: test.context()
                ).secret)
        }
        let stored = try await test.endpoint(endpoint.id)
        #expect(stored.secrets.map(\.text) == Array(made.suffix(4).reversed()))
        _ = try await RotateWebhookSecret.run(
            endpoint.id, overlapHours: 24, in: test.context())
        let later = try await test.endpoint(endpoint.id).secrets(at: test.now.adding(hours: 2))
        #expect(later.count == 2)
    }

    @Test func `removing takes deliveries along`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        let other = try await test.addEndpoint()
        try await test.addPerson()
        _ = try await test.deliver(to: ScriptedReceiver(.failed("x")))
        _ = try await RemoveWebhookEndpoint.run(endpoint.id, in: test.context())
        #expect(
            try await BrowseBook.webhookEndpoints(in: test.context()).map(\.id) == [other.id])
        #expect(try await test.deliveries().map(\.delivery.endpointID) == [other.id])
        await expectRefusal(.notFound) {
            _ = try await RemoveWebhookEndpoint.run(endpoint.id, in: test.context())
        }
        #expect(try await test.faults() == [])
    }
}

extension TestBook {
    /// The file and its log, as text that shows every ASCII run.
    func fileBytes() throws -> String {
        var bytes: [UInt8] = []
        for suffix in ["", "-wal"] {
            bytes += (try? Data(contentsOf: URL(fileURLWithPath: path + suffix))) ?? Data()
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
