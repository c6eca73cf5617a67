import COpenSSL

extension OSSL_PARAM {
    /// `digest` = `SHA256`, for HMAC and HKDF (OSSL_MAC_PARAM_DIGEST, OSSL_KDF_PARAM_DIGEST).
    static var sha256Digest: OSSL_PARAM {
        let name: StaticString = "SHA256"
        return OSSL_PARAM_construct_utf8_string(
            pointer(to: "digest"), UnsafeMutablePointer(mutating: pointer(to: name)), 0)
    }

    /// Makes a parameter of bytes under `name`. They are not copied, so it is valid only while they
    /// are.
    static func octets(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> OSSL_PARAM {
        OSSL_PARAM_construct_octet_string(
            pointer(to: name), UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }

    static var end: OSSL_PARAM { OSSL_PARAM_construct_end() }

    // A parameter keeps the pointer to its name, so the name must be a literal.
    private static func pointer(to name: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
