import Glibc
import Store
import Workflows

/// A file that appears under its name only when it is complete: it is written beside that name,
/// synchronised, then renamed. A kill half-way leaves the former file. A device or a pipe is
/// written to directly, because a file must not take its place.
final class OutputFile {
    private let path: String
    /// Nil if the path is written to directly.
    private let temporary: String?
    private let descriptor: Int32

    /// `option` is the one that named the path, for errors. No file in `sparing` is replaced,
    /// whatever name leads to it. Throws Problem if the path cannot be written.
    init(_ path: String, option: String, sparing: [String]) throws {
        guard !path.isEmpty else {
            throw Problem(.invalid, option: option, "is empty; give a path")
        }
        // The target of a link is written, never the link itself: /dev/stdout is a link.
        let path = resolvedPath(path)
        self.path = path
        var status = stat()
        let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        guard kind != S_IFDIR else {
            throw Problem(.cannotCreate, option: option, "\(path) is a folder")
        }
        guard !sparing.contains(where: { isSameFile($0, path) }) else {
            throw Problem(
                .cannotCreate, option: option,
                "\(path) belongs to the book or is read by this command; give another file")
        }
        let temporary = "\(path).\(getpid()).tmp"
        if kind == S_IFREG {
            self.temporary = temporary
            descriptor = open(
                temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        } else {
            self.temporary = nil
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else {
            throw Problem(
                .cannotCreate, option: option, "\(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
        if let temporary { unlink(temporary) }
    }

    func write(_ bytes: [UInt8]) throws {
        let failure = writeAll(bytes[...], to: descriptor)
        guard failure == 0 else { throw FileError(path: path, code: failure) }
    }

    /// Gives the complete file its name.
    func finish() throws {
        guard let temporary else { return }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw FileError(path: path, code: errno)
        }
        try synchronizeFolder(of: path)
    }
}

/// Whether both names exist and lead to one file.
private func isSameFile(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
}
