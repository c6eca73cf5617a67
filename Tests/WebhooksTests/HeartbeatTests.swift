import TestSupport
import Testing
import Webhooks

@Suite struct HeartbeatTests {
    @Test func `an answer of 2xx counts, and nothing else`() async throws {
        let receiver = try WebhookReceiver()
        #expect(await Heartbeat.ask(receiver.url("status?code=200")) == nil)
        #expect(await Heartbeat.ask(receiver.url("status?code=204")) == nil)
        #expect(await Heartbeat.ask(receiver.url("status?code=500")) == "answered with 500")
        let moved = receiver.url("redirect?to=/status%3Fcode%3D200")
        #expect(await Heartbeat.ask(moved) == "answered with 302")
        #expect(
            try receiver.requests().map(\.path) == ["/status", "/status", "/status", "/redirect"])
    }

    @Test func `a reason never holds the address, which is a secret`() async throws {
        for url in ["http://127.0.0.1:1/secret", "http://nowhere.invalid/secret"] {
            let reason = try #require(await Heartbeat.ask(url))
            #expect(!reason.contains("secret") && !reason.contains("nowhere"), "\(reason)")
        }
    }
}
