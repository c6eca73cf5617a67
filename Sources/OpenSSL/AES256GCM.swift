import COpenSSL
import Synchronization

/// AES-256-GCM (NIST SP 800-38D) under one key. Make one per key and share it: sealing and opening
/// each reuse their own context, one call at a time, from any thread.
///
/// A nonce must never be used twice to seal under one key: two messages with one nonce reveal each
/// other and allow forgeries. Random nonces suffice for 2^32 messages per key (SP 800-38D section
/// 8.3).
package final class AES256GCM: Sendable {
    /// Lengths in bytes.
    package static let keyLength = 32
    package static let nonceLength = 12
    package static let tagLength = 16

    private let sealing: Mutex<CipherContext>
    private let opening: Mutex<CipherContext>

    /// Throws if `key` does not have 32 bytes.
    package init(key: SecretBytes) throws(CryptoError) {
        guard key.count == AES256GCM.keyLength else {
            throw CryptoError(
                operation: "AES-256-GCM key", reason: "it has \(key.count) bytes, not 32")
        }
        let sealing = try CipherContext()
        try sealing.setKey(key, seals: true)
        let opening = try CipherContext()
        try opening.setKey(key, seals: false)
        self.sealing = Mutex(sealing)
        self.opening = Mutex(opening)
    }

    /// Returns the ciphertext (as long as `plaintext`) followed by the 16-byte tag, which also
    /// covers `associatedData`. Throws if `nonce` does not have 12 bytes.
    package func seal(
        _ plaintext: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        try sealing.withLock { (context) throws(CryptoError) in
            try context.start(nonce: nonce[...], associatedData: associatedData)
            return try context.seal(plaintext)
        }
    }

    /// Returns the plaintext, or nil unless `sealed` is exactly what `seal` returned for this key,
    /// nonce and associated data. Throws if `nonce` does not have 12 bytes.
    package func open(
        _ sealed: ArraySlice<UInt8>, nonce: ArraySlice<UInt8>, associatedData: [UInt8]
    ) throws(CryptoError) -> [UInt8]? {
        guard sealed.count >= AES256GCM.tagLength else { return nil }
        return try opening.withLock { (context) throws(CryptoError) in
            try context.start(nonce: nonce, associatedData: associatedData)
            return try context.open(sealed)
        }
    }
}

private struct CipherContext: ~Copyable {
    private let pointer: OpaquePointer

    init() throws(CryptoError) {
        guard let pointer = EVP_CIPHER_CTX_new() else { throw .fromQueue("AES-256-GCM context") }
        self.pointer = pointer
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }

    func setKey(_ key: SecretBytes, seals: Bool) throws(CryptoError) {
        let code = key.withBytes { bytes in
            EVP_CipherInit_ex(
                pointer, EVP_aes_256_gcm(), nil,
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, seals ? 1 : 0)
        }
        try check(code, "AES-256-GCM key")
    }

    /// Begins a message with the context's key and direction.
    func start(nonce: ArraySlice<UInt8>, associatedData: [UInt8]) throws(CryptoError) {
        guard nonce.count == AES256GCM.nonceLength else {
            throw CryptoError(
                operation: "AES-256-GCM nonce", reason: "it has \(nonce.count) bytes, not 12")
        }
        let code = nonce.withUnsafeBufferPointer { bytes in
            EVP_CipherInit_ex(pointer, nil, nil, nil, bytes.baseAddress, -1)
        }
        try check(code, "AES-256-GCM nonce")
        let length = try int32(associatedData.count, "AES-256-GCM associated data")
        var done: Int32 = 0
        try check(
            EVP_CipherUpdate(pointer, nil, &done, associatedData, length),
            "AES-256-GCM associated data")
    }

    func seal(_ plaintext: [UInt8]) throws(CryptoError) -> [UInt8] {
        let length = try int32(plaintext.count, "AES-256-GCM seal")
        var sealed = [UInt8](repeating: 0, count: plaintext.count + AES256GCM.tagLength)
        try sealed.withUnsafeMutableBufferPointer { (output) throws(CryptoError) in
            guard let start = output.baseAddress else { return }
            var done: Int32 = 0
            try check(
                EVP_CipherUpdate(pointer, start, &done, plaintext, length), "AES-256-GCM seal")
            let tag = start + plaintext.count
            try check(EVP_CipherFinal_ex(pointer, tag, &done), "AES-256-GCM seal")
            try check(
                EVP_CIPHER_CTX_ctrl(
                    pointer, EVP_CTRL_AEAD_GET_TAG, Int32(AES256GCM.tagLength), tag),
                "AES-256-GCM tag")
        }
        return sealed
    }

    func open(_ sealed: ArraySlice<UInt8>) throws(CryptoError) -> [UInt8]? {
        let length = try int32(sealed.count - AES256GCM.tagLength, "AES-256-GCM open")
        var plaintext = [UInt8](repeating: 0, count: Int(length))
        var isAuthentic = false
        defer {
            if !isAuthentic {
                OPENSSL_cleanse(&plaintext, plaintext.count)
                ERR_clear_error()
            }
        }
        try sealed.withUnsafeBufferPointer { (input) throws(CryptoError) in
            guard let start = input.baseAddress else { return }
            let tag = UnsafeMutablePointer(mutating: start + Int(length))
            try check(
                EVP_CIPHER_CTX_ctrl(
                    pointer, EVP_CTRL_AEAD_SET_TAG, Int32(AES256GCM.tagLength), tag),
                "AES-256-GCM tag")
            var done: Int32 = 0
            try check(
                EVP_CipherUpdate(pointer, &plaintext, &done, start, length), "AES-256-GCM open")
            // Only a wrong tag makes this fail.
            isAuthentic = EVP_CipherFinal_ex(pointer, &plaintext, &done) == 1
        }
        return isAuthentic ? plaintext : nil
    }
}
