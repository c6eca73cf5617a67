import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

@Suite struct ReplayDeliveriesTests {
    @Test func `a delivery can be replayed repeatedly, without effect on the endpoint's health`()
        async throws
    {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        try await test.addPerson()
        _ = try await test.deliver(to: ScriptedReceiver())
        let first = try #require(try await test.deliveries().first).delivery
        for _ in 0..<3 {
            #expect(try await ReplayDeliveries.run(.delivery(first.id), in: test.context()) == 1)
        }
        let receiver = ScriptedReceiver(.failed("no connection"))
        #expect(try await test.deliver(to: receiver).retried == 3)
        #expect(Set(receiver.requests.map(\.id)) == [first.eventID.text])
        #expect(try await test.endpoint(endpoint.id).failingSince == nil)
    }

    @Test func `a range is replayed by the filter, its failures alone on request`() async throws {
        let test = try await TestBook()
        try await test.addPerson(0)
        let begun = test.now.adding(hours: 1)
        test.now = begun
        let endpoint = try await test.addEndpoint(events: ["supporter.*"])
        try await test.addPerson(1)
        try await test.register { $0.person.email = "giver@example.org" }
        for _ in 0..<10 {
            _ = try await test.deliver(to: ScriptedReceiver(.failed("no connection")))
            test.now = test.now.adding(hours: 30)
            _ = try await UpdateWebhookEndpoint.run(
                endpoint.id, .init(state: .enabled), in: test.context())
        }
        #expect(try await test.deliveries(state: .dead).count == 2)
        try await test.addPerson(2)
        _ = try await test.deliver(to: ScriptedReceiver())

        func replay(since: Instant, until: Instant? = nil, onlyFailed: Bool) async throws -> Int {
            try await ReplayDeliveries.run(
                .range(
                    .init(
                        endpoint: endpoint.id, since: since, until: until, onlyFailed: onlyFailed)),
                in: test.context())
        }
        #expect(try await replay(since: begun, onlyFailed: true) == 2)
        #expect(try await replay(since: begun, onlyFailed: false) == 3)
        #expect(try await replay(since: Instant(milliseconds: 0), onlyFailed: false) == 4)
        #expect(
            try await replay(
                since: begun, until: begun.adding(milliseconds: 1), onlyFailed: false) == 2)
        let receiver = ScriptedReceiver()
        #expect(try await test.deliver(to: receiver).delivered == 11)
        await expectRefusal(.invalid, field: .since) {
            _ = try await replay(since: begun, until: begun, onlyFailed: false)
        }
    }
}
