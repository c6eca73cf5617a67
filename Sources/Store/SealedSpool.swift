import Foundation
import Glibc
import OpenSSL
import Pledging

/// Keeps bytes of any number, which arrive once and are read later, in a temporary file without a
/// name, encrypted under a one-time key. They are gone with the last reference and with the
/// process.
package final class SealedSpool {
    /// SHA-256 in hexadecimal of all that was added; empty before `finish`.
    package private(set) var sha256 = ""
    /// The number of line feeds added.
    package private(set) var lines = 0

    private let path: String
    private let descriptor: Int32
    private let cipher: AES256GCM
    private var hasher: SHA256Hasher?
    private var pending: [UInt8] = []
    private var pieces: [Int] = []
    private var isRead = 0

    package init() throws {
        let pattern = NSTemporaryDirectory() + "/mainstay-" + String(repeating: "X", count: 6)
        var template = Array(pattern.utf8CString)
        let descriptor = mkstemp(&template)
        let path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.path = path
        self.descriptor = descriptor
        cipher = try AES256GCM(key: SecretBytes(randomBytes(AES256GCM.keyLength)))
        hasher = try SHA256Hasher()
    }

    deinit { close(descriptor) }

    package func add(_ bytes: [UInt8]) throws {
        lines += bytes.count { $0 == 0x0A }
        try bytes.withUnsafeBytes { try hasher?.update($0) }
        pending += bytes
        if pending.count >= SealedSpool.pieceBytes { try flush() }
    }

    /// Ends adding and computes `sha256`.
    package func finish() throws {
        try flush()
        if let digest = try hasher.take()?.finish() { sha256 = hexadecimal(digest) }
    }

    /// Returns the next bytes, starting at the beginning; none at the end. Throws FileError, with
    /// EIO when they do not decrypt.
    package func next() throws -> [UInt8] {
        guard isRead < pieces.count else { return [] }
        let number = isRead
        if number == 0, lseek(descriptor, 0, SEEK_SET) != 0 {
            throw FileError(path: path, code: errno)
        }
        isRead += 1
        let sealed = try read(pieces[number])
        guard
            let piece = try cipher.open(
                sealed[...], nonce: nonce(number)[...], associatedData: [])
        else { throw FileError(path: path, code: EIO) }
        return piece
    }

    private func flush() throws {
        guard !pending.isEmpty else { return }
        let sealed = try cipher.seal(
            pending, nonce: nonce(pieces.count), associatedData: [])
        let failure = writeAll(sealed[...], to: descriptor)
        guard failure == 0 else { throw FileError(path: path, code: failure) }
        pieces.append(sealed.count)
        pending.removeAll(keepingCapacity: true)
    }

    private func read(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = bytes[filled...].withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else {
                throw FileError(path: path, code: result < 0 ? errno : EIO)
            }
            filled += result
        }
        return bytes
    }

    /// The nonce is the piece's number, which is safe because the key seals nothing else.
    private func nonce(_ number: Int) -> [UInt8] {
        (0..<AES256GCM.nonceLength).map {
            $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * $0)) : 0
        }
    }

    private static let pieceBytes = 1 << 18
}
