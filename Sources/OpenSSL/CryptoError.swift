import COpenSSL

/// libcrypto failed, or was asked for something it cannot do. Forged or damaged input is not a
/// `CryptoError`: `AES256GCM.open` returns nil for it. Never contains key bytes or plaintext.
package struct CryptoError: Error, CustomStringConvertible {
    /// The operation, for example `AES-256-GCM seal`.
    package let operation: String
    /// The first entry of libcrypto's error queue, or what was wrong with the request.
    package let reason: String

    package var description: String { "\(operation) failed: \(reason)" }
}

extension CryptoError {
    /// Returns the error of a libcrypto call that has just failed on this thread. Empties the
    /// thread's error queue, so that it does not explain a later failure.
    static func fromQueue(_ operation: String) -> CryptoError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else {
            return CryptoError(operation: operation, reason: "libcrypto gave no reason")
        }
        let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: reasonLength) { text in
            ERR_error_string_n(code, text.baseAddress, text.count)
            return text.baseAddress.map { String(cString: $0) } ?? "error \(code)"
        }
        return CryptoError(operation: operation, reason: reason)
    }

    /// ERR_error_string(3) asks for at least 256 bytes and cuts longer texts.
    private static let reasonLength = 256
}

/// Throws unless `code` is 1, libcrypto's only value for success.
@inline(__always)
func check(_ code: Int32, _ operation: String) throws(CryptoError) {
    guard code == 1 else { throw .fromQueue(operation) }
}

/// Returns `count` as the `int` that many libcrypto functions take. Throws above 2 GiB.
@inline(__always)
func int32(_ count: Int, _ operation: String) throws(CryptoError) -> Int32 {
    guard let length = Int32(exactly: count) else {
        throw CryptoError(operation: operation, reason: "\(count) bytes are too many for one call")
    }
    return length
}
