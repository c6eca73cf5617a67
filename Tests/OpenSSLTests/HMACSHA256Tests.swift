import Testing

@testable import OpenSSL

/// RFC 4231 section 4; case 5 publishes only the first 16 bytes.
struct HMACVector: Sendable, CustomTestStringConvertible {
    let section: String
    let key: [UInt8]
    let message: [UInt8]
    let code: String

    var testDescription: String { "RFC 4231 section \(section)" }

    static let published = [
        HMACVector(
            section: "4.2", key: [UInt8](repeating: 0x0b, count: 20),
            message: Array(ascii: "Hi There"),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        HMACVector(
            section: "4.3", key: Array(ascii: "Jefe"),
            message: Array(ascii: "what do ya want for nothing?"),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        HMACVector(
            section: "4.4", key: [UInt8](repeating: 0xaa, count: 20),
            message: [UInt8](repeating: 0xdd, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        HMACVector(
            section: "4.5", key: Array(1...25),
            message: [UInt8](repeating: 0xcd, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        HMACVector(
            section: "4.6", key: [UInt8](repeating: 0x0c, count: 20),
            message: Array(ascii: "Test With Truncation"),
            code: "a3b6167473100ee06e0c796c2955552b"),
        HMACVector(
            section: "4.7", key: [UInt8](repeating: 0xaa, count: 131),
            message: Array(ascii: "Test Using Larger Than Block-Size Key - Hash Key First"),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        HMACVector(
            section: "4.8", key: [UInt8](repeating: 0xaa, count: 131),
            message: Array(
                ascii: "This is a test using a larger than block-size key and a larger than "
                    + "block-size data. The key needs to be hashed before being used by the HMAC "
                    + "algorithm."),
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]
}

@Suite struct HMACSHA256Tests {
    @Test(arguments: HMACVector.published, [false, true])
    func `the published codes come out, message after message`(
        vector: HMACVector, rekeysEachMessage: Bool
    ) throws {
        let hmac = try HMACSHA256(
            key: SecretBytes(vector.key), rekeysEachMessage: rekeysEachMessage)
        let expected = hex(vector.code)
        for _ in 1...3 {
            let code = try hmac.authenticate(vector.message)
            #expect(code.count == HMACSHA256.length)
            #expect(Array(code.prefix(expected.count)) == expected)
        }
    }

    @Test(arguments: HMACVector.published)
    func `parts and lent bytes give the code of the whole`(vector: HMACVector) throws {
        let hmac = try HMACSHA256(key: SecretBytes(vector.key))
        let whole = try hmac.authenticate(vector.message)
        let half = vector.message.count / 2
        let parts = [Array(vector.message[..<half]), [], Array(vector.message[half...])]
        #expect(try hmac.authenticate(parts) == whole)
        #expect(try vector.message.withUnsafeBytes { try hmac.authenticate($0) } == whole)
    }

    @Test func `an empty message under an empty key has the code of 64 zero bytes as key`() throws {
        // RFC 2104 pads a short key with zeros to the block of 64 bytes.
        let padded = try HMACSHA256(key: SecretBytes([UInt8](repeating: 0, count: 64)))
        let empty = try HMACSHA256(key: SecretBytes([]))
        let code = try empty.authenticate([UInt8]())
        #expect(code == hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"))
        #expect(try padded.authenticate([UInt8]()) == code)
        #expect(try empty.authenticate([[UInt8]]()) == code)
        #expect(try empty.authenticate(UnsafeRawBufferPointer(start: nil, count: 0)) == code)
    }

    @Test func `another key or message gives another code`() throws {
        let first = try HMACSHA256(key: SecretBytes(Array(ascii: "key one")))
        let second = try HMACSHA256(key: SecretBytes(Array(ascii: "key two")))
        let code = try first.authenticate(Array(ascii: "message"))
        #expect(try second.authenticate(Array(ascii: "message")) != code)
        #expect(try first.authenticate(Array(ascii: "messagf")) != code)
    }

    @Test func `many tasks may share one context`() async throws {
        let key: [UInt8] = Array(ascii: "shared by all")
        let hmac = try HMACSHA256(key: SecretBytes(key))
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask { @concurrent in
                    let own = try HMACSHA256(key: SecretBytes(key))
                    return try (0..<200).count { turn in
                        let message = [UInt8](repeating: UInt8(task), count: turn)
                        return try hmac.authenticate(message) != own.authenticate(message)
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
