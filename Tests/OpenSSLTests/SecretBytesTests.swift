import Testing

@testable import OpenSSL

@Suite struct SecretBytesTests {
    @Test func `it lends the bytes it was given`() {
        let secret = SecretBytes(Array(1...40))
        #expect(secret.count == 40)
        #expect(secret.withBytes { Array($0) } == Array(1...40))
    }

    @Test func `an array that the caller keeps is not wiped`() {
        let kept: [UInt8] = Array(1...40)
        let secret = SecretBytes(kept)
        #expect(kept == Array(1...40))
        #expect(secret.withBytes { Array($0) } == kept)
    }

    @Test func `random secrets are distinct and of the length asked for`() throws {
        let secrets = try (0..<1_000).map { _ in
            try SecretBytes.random(count: 32).withBytes { Array($0) }
        }
        #expect(secrets.allSatisfy { $0.count == 32 })
        #expect(Set(secrets).count == 1_000)
    }

    @Test(arguments: [-1, 0, Int.max])
    func `a random secret of no possible length is an error`(count: Int) {
        #expect(throws: CryptoError.self) { try SecretBytes.random(count: count) }
    }

    @Test func `what is wiped is zero, and its copy is not`() {
        var bytes: [UInt8] = [1, 2, 3]
        let copy = bytes
        wipe(&bytes)
        #expect(bytes == [0, 0, 0] && copy == [1, 2, 3])
        var none: [UInt8] = []
        wipe(&none)
        #expect(none.isEmpty)
    }

    @Test func `nothing that prints it shows its bytes`() {
        let secret = SecretBytes([211, 212, 213, 214])
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            for byte in ["211", "212", "213", "214", "d3", "D3"] {
                #expect(!text.contains("- \(byte)") && !text.contains("[\(byte)"))
            }
        }
        #expect("\(secret)" == "OpenSSL.SecretBytes")
    }

    @Test func `an error of the body comes out as it is`() {
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try SecretBytes([1]).withBytes { _ in throw Refusal() }
        }
    }
}
