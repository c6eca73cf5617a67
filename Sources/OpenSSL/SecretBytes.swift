import COpenSSL

/// Key bytes. Their memory is wiped when the last reference goes; they are compared with nothing
/// and printed by nothing. Pages may still reach swap: locking them is the operator's affair.
package final class SecretBytes: Sendable {
    // Written only before the reference is handed out, read-only from then on; hence no lock.
    nonisolated(unsafe) private let memory: WipedMemory

    /// Copies `bytes`, then wipes the array that was passed, unless somebody else still holds it.
    package init(_ bytes: consuming [UInt8]) {
        memory = WipedMemory(count: bytes.count)
        bytes.withUnsafeMutableBytes { source in
            memory.bytes.copyMemory(from: UnsafeRawBufferPointer(source))
            OPENSSL_cleanse(source.baseAddress, source.count)
        }
    }

    /// `count` bytes that a function of this target fills. Throws when `count` is not positive.
    init(count: Int, filling: (UnsafeMutableRawBufferPointer) throws(CryptoError) -> Void)
        throws(CryptoError)
    {
        guard count > 0 else {
            throw CryptoError(operation: "key", reason: "\(count) bytes are no key")
        }
        let memory = WipedMemory(count: count)
        try filling(memory.bytes)
        self.memory = memory
    }

    /// `count` new random bytes, from the generator that libcrypto keeps for private values.
    /// Throws when `count` is not positive, or the system gives no entropy.
    package static func random(count: Int) throws(CryptoError) -> SecretBytes {
        let length = try int32(count, "random key")
        return try SecretBytes(count: count) { (bytes) throws(CryptoError) in
            try check(RAND_priv_bytes(bytes.baseAddress, length), "random key")
        }
    }

    /// Length in bytes.
    package var count: Int { memory.bytes.count }

    /// Lends the bytes to `body`; the pointer is valid until it returns. Rethrows its error.
    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(memory.bytes)) }
    }
}

/// Overwrites a secret that is no longer needed. A copy that somebody else holds stays as it is.
package func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Heap memory, zero at first, that is wiped before it is given back.
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
