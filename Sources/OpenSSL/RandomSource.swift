import COpenSSL
import Synchronization

/// `count` new random bytes, for nonces, ids and tokens; keys come from `SecretBytes.random`.
/// Throws when the system gives no entropy.
package func randomBytes(_ count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try check(RAND_bytes(&bytes, try int32(count, "random bytes")), "random bytes")
    return bytes
}

/// Random bytes in small portions at little cost: libcrypto is asked once for a whole pool.
///
/// A child made by fork would repeat its parent's pool (libcrypto's generator alone would notice).
/// This process never forks without exec at once; a program that does must use `randomBytes`.
package final class RandomSource: Sendable {
    private let pool = Mutex(Pool())

    package init() {}

    /// `count` random bytes, never handed out before or again. Throws when the system gives no
    /// entropy.
    package func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        guard count <= Pool.portionMax else { return try randomBytes(count) }
        return try pool.withLock { (pool) throws(CryptoError) in try pool.take(count) }
    }
}

private struct Pool: ~Copyable {
    /// About 300 nonces for one call to libcrypto.
    private static let size = 4_096
    /// A larger portion gains nothing from the pool, and would throw away much of it.
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
