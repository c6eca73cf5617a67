import COpenSSL
import Synchronization

/// HMAC-SHA256 (RFC 2104, FIPS 198-1) under one key. Make one per key and share it: every message
/// reuses its context, one at a time, from any thread.
package final class HMACSHA256: Sendable {
    /// Length of a code in bytes.
    package static let length = 32

    private let context: Mutex<MACContext>

    /// Any key length is allowed; RFC 2104 advises 32 bytes. Throws if libcrypto lacks HMAC.
    package convenience init(key: SecretBytes) throws(CryptoError) {
        // Before 3.0.3 re-initialising without a key does nothing and yields wrong codes
        // (github.com/openssl/openssl/issues/17811); Ubuntu 22.04 has 3.0.2.
        let firstGoodVersion: UInt = 0x3000_0030
        try self.init(key: key, rekeysEachMessage: OpenSSL_version_num() < firstGoodVersion)
    }

    init(key: SecretBytes, rekeysEachMessage: Bool) throws(CryptoError) {
        var context = try MACContext()
        try context.setKey(key)
        if rekeysEachMessage { context.keyOfEachMessage = key }
        self.context = Mutex(context)
    }

    /// Returns the 32-byte code of `message`. Throws only when libcrypto fails.
    package func authenticate(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        try context.withLock { (context) throws(CryptoError) in
            try context.begin()
            try context.update(message)
            return try context.finish()
        }
    }

    /// Returns the 32-byte code of all `parts` in order, as if joined. The caller ensures that two
    /// different lists never join to the same bytes. Throws only when libcrypto fails.
    package func authenticate(_ parts: [[UInt8]]) throws(CryptoError) -> [UInt8] {
        try context.withLock { (context) throws(CryptoError) in
            try context.begin()
            for part in parts { try context.update(part) }
            return try context.finish()
        }
    }

    /// Returns the 32-byte code of the bytes of `message`. Throws only when libcrypto fails.
    package func authenticate(_ message: UnsafeRawBufferPointer) throws(CryptoError) -> [UInt8] {
        let message = message.bytes
        return try context.withLock { (context) throws(CryptoError) in
            try context.begin()
            try context.update(message)
            return try context.finish()
        }
    }
}

private struct MACContext: ~Copyable {
    private let pointer: OpaquePointer
    /// Nil if libcrypto can start a new message under its present key.
    var keyOfEachMessage: SecretBytes?

    init() throws(CryptoError) {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { throw .fromQueue("HMAC") }
        defer { EVP_MAC_free(algorithm) }
        guard let pointer = EVP_MAC_CTX_new(algorithm) else { throw .fromQueue("HMAC context") }
        self.pointer = pointer
    }

    deinit { EVP_MAC_CTX_free(pointer) }

    func setKey(_ key: SecretBytes) throws(CryptoError) {
        let parameters: [OSSL_PARAM] = [.sha256Digest, .end]
        let code = key.withBytes { bytes in
            EVP_MAC_init(
                pointer, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
                parameters)
        }
        try check(code, "HMAC key")
    }

    func begin() throws(CryptoError) {
        if let keyOfEachMessage { return try setKey(keyOfEachMessage) }
        try check(EVP_MAC_init(pointer, nil, 0, nil), "HMAC start")
    }

    func update(_ bytes: [UInt8]) throws(CryptoError) {
        try check(EVP_MAC_update(pointer, bytes, bytes.count), "HMAC update")
    }

    func update(_ bytes: RawSpan) throws(CryptoError) {
        let code = bytes.withUnsafeBytes { bytes in
            EVP_MAC_update(
                pointer, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        try check(code, "HMAC update")
    }

    func finish() throws(CryptoError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: HMACSHA256.length)
        var length = 0
        try check(EVP_MAC_final(pointer, &code, &length, code.count), "HMAC finish")
        return code
    }
}
