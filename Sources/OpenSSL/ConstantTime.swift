import COpenSSL

/// Returns whether both arrays are equal, in a time that does not depend on where they differ. For
/// codes and tokens that a stranger sent. Unequal lengths return false at once, because a length is
/// not secret.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
