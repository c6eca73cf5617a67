import COpenSSL

/// Derives a key by HKDF-SHA256, extract and expand (RFC 5869): `count` bytes for the purpose named
/// by `info`, from a `secret` that is already random. An empty `salt` is allowed (section 2.2).
/// Throws if `secret` is empty, `count` is not 1 to 8,160, or `info` is too long for libcrypto
/// (above 32 KiB in 3.0.19; a purpose is a few words).
package func hkdfSHA256(
    secret: SecretBytes, salt: [UInt8], info: [UInt8], count: Int
) throws(CryptoError) -> SecretBytes {
    // libcrypto accepts an empty secret, and gives no reason when the key would be too long.
    guard secret.count > 0 else {
        throw CryptoError(operation: "HKDF", reason: "the secret is empty")
    }
    guard count <= hkdfCountMax else {
        throw CryptoError(operation: "HKDF", reason: "\(count) bytes of key are too many")
    }
    guard let algorithm = EVP_KDF_fetch(nil, "HKDF", nil) else { throw .fromQueue("HKDF") }
    defer { EVP_KDF_free(algorithm) }
    guard let context = EVP_KDF_CTX_new(algorithm) else { throw .fromQueue("HKDF context") }
    defer { EVP_KDF_CTX_free(context) }
    return try SecretBytes(count: count) { (key) throws(CryptoError) in
        let code = secret.withBytes { secret in
            salt.withUnsafeBytes { salt in
                info.withUnsafeBytes { info in
                    EVP_KDF_derive(
                        context, key.baseAddress, count,
                        [
                            .sha256Digest, .octets("key", secret), .octets("salt", salt),
                            .octets("info", info), .end,
                        ])
                }
            }
        }
        try check(code, "HKDF")
    }
}

/// Derives a key from a passphrase by scrypt (RFC 7914): `count` bytes, with N = 2^`logN`, block
/// size `r` and parallelisation `p`. Uses 128 r N bytes of memory meanwhile. Throws if a parameter
/// is out of the bounds below or of section 6.
package func scrypt(
    passphrase: [UInt8], salt: [UInt8], logN: Int, r: Int, p: Int, count: Int
) throws(CryptoError) -> SecretBytes {
    guard (1...30).contains(logN), (1...scryptBlocksMax).contains(r),
        (1...scryptBlocksMax).contains(p), 128 * r << logN <= scryptMemoryMaxBytes
    else {
        throw CryptoError(
            operation: "scrypt", reason: "logN \(logN), r \(r), p \(p) are out of bounds")
    }
    // The memory that libcrypto needs, as it computes it; its default limit allows no N above 2^14.
    let memoryBytes = 128 * r * (1 << logN + p + 2)
    return try SecretBytes(count: count) { (key) throws(CryptoError) in
        let code = passphrase.withUnsafeBytes { passphrase in
            EVP_PBE_scrypt(
                passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), passphrase.count,
                salt, salt.count, 1 << logN, UInt64(r), UInt64(p), UInt64(memoryBytes),
                key.baseAddress?.assumingMemoryBound(to: UInt8.self), count)
        }
        try check(code, "scrypt")
    }
}

/// RFC 5869 section 2.3: 255 blocks of 32 bytes.
private let hkdfCountMax = 255 * 32

/// A key file states its own parameters; a damaged one must not use all memory or run for hours.
private let scryptMemoryMaxBytes = 1 << 30
private let scryptBlocksMax = 64
