import Glibc

/// A private file of mode 0600, written from its beginning in pieces.
package final class FileWriter {
    private let path: String
    private let descriptor: Int32

    /// Creates the file, or empties the one at `path`. Throws FileError, with ELOOP when the path
    /// is a symbolic link.
    package init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        // The mode given to open() does not apply to a file that was there already.
        guard fchmod(descriptor, 0o600) == 0 else { throw FileError(path: path, code: errno) }
    }

    deinit { close(descriptor) }

    /// Adds all of `bytes` at the end.
    package func add(_ bytes: ArraySlice<UInt8>) throws(FileError) {
        let failure = writeAll(bytes, to: descriptor)
        guard failure == 0 else { throw FileError(path: path, code: failure) }
    }

    /// Returns when all that was added is on the disk.
    package func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(path: path, code: errno) }
    }
}
