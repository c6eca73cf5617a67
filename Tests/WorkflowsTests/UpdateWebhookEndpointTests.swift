import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

@Suite struct UpdateWebhookEndpointTests {
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

    @Test func `permission for http cannot be withdrawn while the URL uses http`() async throws {
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

    @Test func `one update can change and disable an endpoint`() async throws {
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
}
