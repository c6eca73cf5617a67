import COpenSSL

/// Key bytes. Their memory is wiped when the last reference is released; they cannot be compared or
/// printed. Their pages may still be swapped; preventing that is up to the operator.
package final class SecretBytes: Sendable {
    // No lock is needed: it is written only before the reference is handed out, and then only read.
    nonisolated(unsafe) private let memory: WipedMemory

    /// Copies `bytes`, then wipes the array that was passed, unless another reference to it exists.
    package init(_ bytes: consuming [UInt8]) {
        memory = WipedMemory(count: bytes.count)
        bytes.withUnsafeMutableBytes { source in
            memory.bytes.copyMemory(from: UnsafeRawBufferPointer(source))
            OPENSSL_cleanse(source.baseAddress, source.count)
        }
    }

    /// Makes `count` bytes, filled by a function of this target. Throws if `count` is not positive.
    init(count: Int, filling: (UnsafeMutableRawBufferPointer) throws(CryptoError) -> Void)
        throws(CryptoError)
    {
        guard count > 0 else {
            throw CryptoError(operation: "key", reason: "a key cannot have \(count) bytes")
        }
        let memory = WipedMemory(count: count)
        try filling(memory.bytes)
        self.memory = memory
    }

    /// Returns `count` new random bytes from libcrypto's generator for private values. Throws if
    /// `count` is not positive, or the system provides no entropy.
    package static func random(count: Int) throws(CryptoError) -> SecretBytes {
        let length = try int32(count, "random key")
        return try SecretBytes(count: count) { (bytes) throws(CryptoError) in
            try check(RAND_priv_bytes(bytes.baseAddress, length), "random key")
        }
    }

    /// Length in bytes.
    package var count: Int { memory.bytes.count }

    /// Calls `body` with the bytes; the pointer is valid until it returns. Rethrows its error.
    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(memory.bytes)) }
    }
}

/// Overwrites a secret that is no longer needed. A copy held elsewhere stays as it is.
package func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Heap memory, zero at first, that is wiped before it is freed.
struct WipedMemory: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: 16)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }
}
