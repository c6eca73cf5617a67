import Glibc
import Store
import Workflows

/// A file that appears under its name only when it is whole: written beside it, synchronised, then
/// renamed. Killed half-way, it leaves what stood there before. A device or pipe of that name is
/// written to as it is: a file in its place would be another thing.
final class OutputFile {
    private let path: String
    /// Nil where nothing is renamed in the end.
    private let temporary: String?
    private let descriptor: Int32

    /// `option` is the one that named the path, for what it says when that cannot be written. None
    /// of the files in `sparing` is replaced, by whatever name it is called.
    init(_ path: String, option: String, sparing: [String]) throws {
        guard !path.isEmpty else {
            throw Problem(.invalid, option: option, "is empty; give a path")
        }
        // What a link leads to is written, never the link itself: /dev/stdout is one.
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
                "\(path) is a file that this command needs or the book is made of; give another")
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

    /// Gives the whole file its name.
    func finish() throws {
        guard let temporary else { return }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw FileError(path: path, code: errno)
        }
        try synchronizeFolder(of: path)
    }
}

/// Whether both names are there and lead to one file.
private func isSameFile(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
}
