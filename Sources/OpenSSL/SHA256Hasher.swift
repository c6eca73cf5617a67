import COpenSSL

/// SHA-256 (FIPS 180-4) of a stream, for digests of files and large bodies. Not for what a stranger
/// could guess, such as an address; use `HMACSHA256` for that.
package struct SHA256Hasher: ~Copyable {
    /// Length of a digest in bytes.
    package static let length = 32

    private let context: DigestContext

    /// Throws if libcrypto has no memory.
    package init() throws(CryptoError) {
        let context = try DigestContext()
        try check(EVP_DigestInit_ex(context.pointer, EVP_sha256(), nil), "SHA-256 start")
        self.context = context
    }

    /// Adds `bytes` to the stream. Throws only when libcrypto fails.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) throws(CryptoError) {
        try check(EVP_DigestUpdate(context.pointer, bytes.baseAddress, bytes.count), "SHA-256")
    }

    /// Returns the 32-byte digest of everything added. Throws only when libcrypto fails.
    package consuming func finish() throws(CryptoError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: SHA256Hasher.length)
        try check(EVP_DigestFinal_ex(context.pointer, &digest, nil), "SHA-256 finish")
        return digest
    }
}

// Not private: Swift 6.3.1 then crashes in release on every other target that uses the hasher.
struct DigestContext: ~Copyable {
    let pointer: OpaquePointer

    init() throws(CryptoError) {
        guard let pointer = EVP_MD_CTX_new() else { throw .fromQueue("SHA-256 context") }
        self.pointer = pointer
    }

    deinit { EVP_MD_CTX_free(pointer) }
}
