import MainstayWebhooks
import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

@Suite struct RotateWebhookSecretTests {
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
}
