import COpenSSL

/// Whether both hold the same bytes, in a time that tells nothing of where they differ; for codes
/// and tokens that a stranger sent. Unequal lengths are false at once: a length is no secret.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
