import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

@Suite struct TestWebhookEndpointTests {
    @Test func `a test is sent at once and leaves nothing behind`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        let receiver = ScriptedReceiver(.answered(status: 500, retryAfter: nil))
        let outcome = try await TestWebhookEndpoint.run(
            endpoint.id, through: receiver.send, in: test.context())
        #expect(outcome.result.error == "answered 500")
        #expect(receiver.requests.count == 1)
        #expect(try await test.events().isEmpty)
        #expect(try await test.deliveries().isEmpty)
        #expect(try await test.endpoint(endpoint.id).failingSince == nil)
    }
}
