import COpenSSL
import Synchronization

/// Returns `count` new random bytes, for nonces, ids and tokens; keys come from
/// `SecretBytes.random`. Throws if the system provides no entropy.
package func randomBytes(_ count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try check(RAND_bytes(&bytes, try int32(count, "random bytes")), "random bytes")
    return bytes
}

/// Gives random bytes in small portions at little cost: it asks libcrypto once for a whole pool.
///
/// A child made by fork would repeat its parent's pool (only libcrypto's own generator would
/// notice). This process never forks without an immediate exec; a program that does must use
/// `randomBytes`.
package final class RandomSource: Sendable {
    private let pool = Mutex(Pool())

    package init() {}

    /// Returns `count` random bytes, each given out only once. Throws if the system provides no
    /// entropy.
    package func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        guard count <= Pool.portionMax else { return try randomBytes(count) }
        return try pool.withLock { (pool) throws(CryptoError) in try pool.take(count) }
    }
}

private struct Pool: ~Copyable {
    /// Bytes of the pool: about 300 nonces for one call to libcrypto.
    private static let size = 4_096
    /// The largest portion that comes from the pool. A larger one would gain nothing and waste much
    /// of it.
    static let portionMax = 256

    private let memory = WipedMemory(count: size)
    private var used = size

    mutating func take(_ count: Int) throws(CryptoError) -> [UInt8] {
        if count > Pool.size - used {
            let length = Int32(Pool.size)
            try check(RAND_bytes(memory.bytes.baseAddress, length), "random bytes")
            used = 0
        }
        let portion = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[used..<used + count])
        used += count
        let bytes = [UInt8](portion)
        OPENSSL_cleanse(portion.baseAddress, portion.count)
        return bytes
    }
}
