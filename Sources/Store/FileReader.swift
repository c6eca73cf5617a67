import Glibc
import OpenSSL
import Pledging

/// A regular file, read from its beginning in pieces.
package final class FileReader {
    private let path: String
    private let descriptor: Int32

    /// Throws FileError: ENOENT when there is no file, EISDIR for a folder, and ESPIPE for a pipe
    /// or device, because opening one may wait forever.
    package init(_ path: String) throws(FileError) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(path: path, code: errno) }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG else {
            throw FileError(path: path, code: kind == S_IFDIR ? EISDIR : ESPIPE)
        }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    }

    deinit { close(descriptor) }

    /// Returns the next bytes, at most 256 KiB; none at the end.
    package func next() throws(FileError) -> [UInt8] {
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: FileReader.pieceBytes) { buffer, count in
            var result: Int
            repeat {
                result = read(descriptor, buffer.baseAddress, FileReader.pieceBytes)
            } while result < 0 && errno == EINTR
            if result < 0 { failure = errno }
            count = max(0, result)
        }
        guard failure == 0 else { throw FileError(path: path, code: failure) }
        return piece
    }

    private static let pieceBytes = 1 << 18
}

/// The digest of a file's content, and its number of line feeds.
package struct FileDigest: Sendable {
    /// SHA-256 in hexadecimal.
    package let sha256: String
    package let lines: Int

    package init(of path: String) throws {
        let reader = try FileReader(path)
        var hasher = try SHA256Hasher()
        var lines = 0
        while true {
            let piece = try reader.next()
            if piece.isEmpty { break }
            lines += piece.count { $0 == 0x0A }
            try piece.withUnsafeBytes { try hasher.update($0) }
        }
        self.lines = lines
        sha256 = hexadecimal(try hasher.finish())
    }
}
