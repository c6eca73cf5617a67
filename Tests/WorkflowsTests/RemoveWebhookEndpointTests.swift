import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

@Suite struct RemoveWebhookEndpointTests {
    @Test func `removing an endpoint deletes its deliveries`() async throws {
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
