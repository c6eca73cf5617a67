import Glibc

/// An exclusive lock on a file. One that is always replaced as a whole is read and replaced by one
/// process at a time; others see the old file or the new one.
package struct FileLock: Sendable {
    /// The path with links resolved: a link's target is replaced, never the link.
    private let path: String
    private let descriptor: Int32

    /// Waits for the lock. Throws FileError, with ENOENT when there is no file.
    init(_ path: String) throws(FileError) {
        self.path = resolvedPath(path)
        descriptor = try FileLock.wait(for: self.path, O_RDONLY)
    }

    /// Waits for the lock of a file that is made, with mode 0600, if there is none. Throws
    /// FileError, with ELOOP when the path is a symbolic link.
    package init(creating path: String) throws(FileError) {
        self.path = path
        descriptor = try FileLock.wait(for: path, O_RDWR | O_CREAT | O_NOFOLLOW)
    }

    private static func wait(for path: String, _ flags: Int32) throws(FileError) -> Int32 {
        while true {
            let descriptor = open(path, flags | O_CLOEXEC, 0o600)
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

    package func release() { close(descriptor) }

    /// Removes the file, and then releases the lock.
    package func removeFile() {
        unlink(path)
        release()
    }

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
