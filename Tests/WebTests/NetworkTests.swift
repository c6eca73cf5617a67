import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Web

/// The network that a request is counted for.
@Suite struct NetworkTests {
    private func network(_ peer: String?, _ told: String?, trusting: [String]) throws -> String {
        var limits = WebContext.Limits()
        let trusts = limits.trust(trusting)
        #expect(trusts)
        var head = HTTPRequest(method: .get, scheme: "http", authority: "-", path: "/")
        if let told { head.headerFields[.xForwardedFor] = told }
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        return Network(of: request, peer: peer, trusting: limits.trustedProxies).name
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "20:1:d:b8:0:1:0:2/64"), ("2001:db8:1:2::", "20:1:d:b8:0:1:0:2/64"),
        ("-", "-"),
    ])
    func `an address counts as itself or as its network`(
        _ address: String, _ name: String
    ) throws {
        #expect(try network(address, nil, trusting: []) == name)
        #expect(try network(address, "198.51.100.7", trusting: ["203.0.113.1"]) == name)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::ffff:127.0.0.1", "127.0.0.1"), ("::1", "0:0:0::1"),
        ("127.0.0.1", "::ffff:127.0.0.1"), ("2001:db8::1", "2001:DB8:0:0::1"),
    ])
    func `a trusted proxy is recognised in every spelling of its address`(
        _ peer: String, _ proxy: String
    ) throws {
        #expect(try network(peer, "198.51.100.7", trusting: [proxy]) == "198.51.100.7")
        // The last address that is not a trusted proxy counts; anybody can forge what is before it.
        let list = "203.0.113.9, 198.51.100.7 , \(peer)"
        #expect(try network(peer, list, trusting: [proxy]) == "198.51.100.7")
    }

    @Test func `a proxy without a usable forwarded address counts itself`() throws {
        #expect(try network("127.0.0.1", nil, trusting: ["127.0.0.1"]) == "127.0.0.1")
        #expect(try network("127.0.0.1", "127.0.0.1", trusting: ["127.0.0.1"]) == "127.0.0.1")
    }

    @Test(arguments: ["", "localhost", "127.0.0.1:80", "127.0.0.0/8", "[::1]"])
    func `a text that is not an address is not trusted`(_ text: String) {
        var limits = WebContext.Limits()
        let trusts = limits.trust(["192.0.2.1", text])
        #expect(!trusts && limits.trustedProxies.isEmpty)
    }
}
