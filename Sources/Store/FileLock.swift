import Glibc

/// An exclusive lock on a small file that is replaced as a whole: one process at a time reads it
/// and puts another in its place, and others read the one or the other.
struct FileLock {
    /// What a link leads to: that is replaced, never the link.
    private let path: String
    private let descriptor: Int32

    /// Waits for the lock. Throws ENOENT where there is no file.
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
            // The file may have been replaced while this one waited: then it is the former one.
            if isFile(descriptor, at: path) { return descriptor }
            close(descriptor)
        }
    }

    func release() { close(descriptor) }

    /// Puts a file of mode 0600 with this content in the place of the locked one, durably; it
    /// belongs to the same user.
    func replaceFile(with content: [UInt8]) throws(FileError) {
        let temporary = path + FileLock.temporarySuffix
        unlink(temporary)
        // Once the new file has its name, the next one may hold its lock and write a file of this
        // name: that one is not ours to remove.
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

    /// One name for all: what a killed process left is gone with the next change.
    static let temporarySuffix = ".new"

    private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        var held = stat()
        var present = stat()
        return fstat(descriptor, &held) == 0 && stat(path, &present) == 0
            && held.st_ino == present.st_ino && held.st_dev == present.st_dev
    }
}
