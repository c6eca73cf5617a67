import Glibc
import Store
import Workflows

/// A file that appears under its name only when it is whole: written beside it, synchronised, then
/// renamed. Killed half-way, it leaves what stood there before.
final class OutputFile {
    private let path: String
    private let temporary: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        temporary = "\(path).\(getpid()).tmp"
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw Problem(.cannotCreate, field: "output", "\(path) is a folder")
        }
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw Problem(
                .cannotCreate, field: "output", "\(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
        unlink(temporary)
    }

    func write(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                let rest = UnsafeRawBufferPointer(rebasing: all[offset...])
                return Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, code: errno) }
            offset += count
        }
    }

    /// Gives the whole file its name.
    func finish() throws {
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw FileError(path: path, code: errno)
        }
        try synchronizeFolder(of: path)
    }
}
