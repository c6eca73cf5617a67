import OpenSSL
package import Pledging

/// The random part of a token. Its hash needs no key: nobody can guess 32 random bytes.
package struct TokenSecret: Sendable {
    private let bytes: [UInt8]

    package static func fresh() throws -> TokenSecret {
        TokenSecret(bytes: try randomBytes(length))
    }

    /// Returns the id and the secret of a token in the form that a program sends; nil when the text
    /// is not a token.
    package static func parse(_ text: String) -> (id: ID<APIToken>, secret: TokenSecret)? {
        let shown = Array(text.utf8)
        let idEnd = head.count + TypeID.suffixLength
        guard shown.count == idEnd + 1 + 2 * length, shown.starts(with: head),
            shown[idEnd] == UInt8(ascii: "_")
        else { return nil }
        guard let id = try? ID<APIToken>(suffix: shown[head.count..<idEnd]),
            let bytes = Pledging.bytes(hexadecimal: shown[(idEnd + 1)...])
        else { return nil }
        return (id, TokenSecret(bytes: bytes))
    }

    package func text(of id: ID<APIToken>) -> String {
        "\(TokenSecret.prefix)_\(id.text.dropFirst(APIToken.idPrefix.utf8.count + 1))_"
            + hexadecimal(bytes)
    }

    /// Returns the SHA-256 that is stored instead of it, 32 bytes. Throws CryptoError only when
    /// libcrypto fails.
    package func hash() throws -> [UInt8] {
        var hasher = try SHA256Hasher()
        try bytes.withUnsafeBytes { try hasher.update($0) }
        return try hasher.finish()
    }

    /// Returns whether its hash is this one. Nil is for an unknown token, and takes as long.
    package func matches(_ hash: [UInt8]?) throws -> Bool {
        let mine = try self.hash()
        let wanted = hash ?? [UInt8](repeating: 0, count: mine.count)
        return constantTimeEquals(mine, wanted) && hash != nil
    }

    /// Takes the same time wherever they differ.
    package func equals(_ other: TokenSecret) -> Bool { constantTimeEquals(bytes, other.bytes) }

    private static let prefix = "mst"
    private static let head = Array("\(prefix)_".utf8)
    private static let length = 32
}
