import Glibc

/// An exclusive lock on a small file that is always replaced as a whole. One process at a time
/// reads and replaces the file; others see the old file or the new one.
struct FileLock {
    /// The path with links resolved: a link's target is replaced, never the link.
    private let path: String
    private let descriptor: Int32

    /// Waits for the lock. Throws FileError, with ENOENT when there is no file.
    init(_ path: String) throws(FileError) {
        self.path = resolvedPath(path)
        descriptor = try FileLock.wait(for: self.path)
    }

    private static func wait(for path: String) throws(FileError) -> Int32 {
        while true {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
            while flock(descriptor, LOCK_EX) != 0 {
                let code = errno
                guard code == EINTR else {
                    close(descriptor)
                    throw FileError(path: path, code: code)
                }
            }
            // If the file was replaced during the wait, this descriptor is of the former one.
            if isFile(descriptor, at: path) { return descriptor }
            close(descriptor)
        }
    }

    func release() { close(descriptor) }

    /// Replaces the locked file by one with this content, mode 0600 and the same owner. Durable
    /// when it returns.
    func replaceFile(with content: [UInt8]) throws(FileError) {
        let temporary = path + FileLock.temporarySuffix
        unlink(temporary)
        // After the rename another process may hold the lock and write a file of the same temporary
        // name, which must not be removed here.
        var isReplaced = false
        defer { if !isReplaced { unlink(temporary) } }
        let file = try FileWriter(temporary)
        try file.add(content[...])
        try file.synchronize()
        var former = stat()
        guard fstat(descriptor, &former) == 0,
            former.st_uid == geteuid() || chown(temporary, former.st_uid, former.st_gid) == 0,
            rename(temporary, path) == 0
        else { throw FileError(path: path, code: errno) }
        isReplaced = true
        try synchronizeFolder(of: path)
    }

    /// The same for all processes, so that the next change removes what a killed one left.
    static let temporarySuffix = ".new"

    private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        var held = stat()
        var present = stat()
        return fstat(descriptor, &held) == 0 && stat(path, &present) == 0
            && held.st_ino == present.st_ino && held.st_dev == present.st_dev
    }
}
