import Testing
import Webhooks

@Suite struct AddressGuardTests {
    private func refusal(
        _ text: String, allowsPrivate: Bool = false
    ) throws -> AddressGuard.Refusal? {
        AddressGuard.refusal(of: try #require(IPAddress(text)), allowsPrivate: allowsPrivate)
    }

    @Test(arguments: [
        "0.0.0.0", "0.255.255.255", "100.64.0.1", "169.254.169.254", "168.63.129.16",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "10.0.0.0", "10.255.255.255", "127.0.0.1", "127.255.255.255", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "192.168.255.255", "::", "::1", "::ffff:127.0.0.1",
        "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
        "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "3fff::1",
        "5f00::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1",
    ])
    func `no webhook goes there`(address: String) throws {
        #expect(try refusal(address) != nil)
    }

    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "168.63.129.15",
        "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00::1", "64:ff9b::808:808",
        "2002:808:808::", "2400::", "fbff::1",
    ])
    func `a public address is taken, up to the very border`(address: String) throws {
        #expect(try refusal(address) == nil)
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1",
    ])
    func `private networks can be allowed per endpoint, and the refusal says how`(
        address: String
    ) throws {
        #expect(try refusal(address, allowsPrivate: true) == nil)
        #expect(try #require(try refusal(address)).description.contains("--allow-private"))
    }

    @Test(arguments: [
        "169.254.169.254", "168.63.129.16", "0.0.0.0", "224.0.0.1", "255.255.255.255", "fe80::1",
        "::", "ff02::1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::", "::ffff:8.8.8.8",
    ])
    func `ranges that are not private networks stay forbidden`(address: String) throws {
        let refusal = try #require(try refusal(address, allowsPrivate: true))
        #expect(!refusal.description.contains("--allow-private"))
        #expect(!refusal.rule.isEmpty)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f.1", "::g", "1"])
    func `a text that is not a numeric address is not parsed`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: ["8.8.8.8", "2606:4700::1111", "::1"])
    func `an address is written as it is read`(text: String) {
        #expect(IPAddress(text)?.description == text)
    }
}
