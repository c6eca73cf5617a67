import OpenSSL
import Testing

@Suite struct SHA256HasherTests {
    /// FIPS 180-2 appendix B, and the examples of NIST's page on FIPS 180-4.
    static let published: [(message: String, digest: String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ]

    @Test(arguments: published)
    func `the published digests come out`(message: String, digest: String) throws {
        #expect(try sha256(of: [Array(message.utf8)]) == hex(digest))
    }

    @Test func `a million letters a in pieces of any length give the published digest`() throws {
        let digest = hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        for length in [1_000, 64, 32_000] {
            let piece = [UInt8](repeating: UInt8(ascii: "a"), count: length)
            let pieces = [[UInt8]](repeating: piece, count: 1_000_000 / length)
            let rest = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000 % length)
            #expect(try sha256(of: pieces + [rest]) == digest)
        }
    }

    private func sha256(of pieces: [[UInt8]]) throws -> [UInt8] {
        var hasher = try SHA256Hasher()
        for piece in pieces {
            try piece.withUnsafeBytes { try hasher.update($0) }
        }
        return try hasher.finish()
    }
}
