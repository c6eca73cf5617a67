import Glibc
import OpenSSL

/// A system call on a file failed. `code` is errno.
package struct FileError: Error, CustomStringConvertible {
    package let path: String
    package let code: Int32

    package init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    /// No file exists at the path.
    package var isMissing: Bool { code == ENOENT }
    /// A pipe or device where a file is needed.
    package var isStream: Bool { code == ESPIPE }

    package var description: String { "\(path): \(String(cString: strerror(code)))" }
}

/// Returns the content of a file. Throws FileError, with EFBIG when it is longer than
/// `maximumBytes` and EISDIR for a folder. The file may hold secrets: the returned array is the
/// only copy left in memory, unless the content came from a pipe.
package func readFile(_ path: String, maximumBytes: Int) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1_024)
    defer { wipe(&bytes) }
    var content: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 {
        // An array that grows does not wipe its former memory.
        content.reserveCapacity(min(max(0, Int(status.st_size)), maximumBytes))
    }
    var failure: Int32 = 0
    while failure == 0 {
        let count = read(descriptor, &bytes, bytes.count)
        if count < 0 && errno == EINTR { continue }
        if count == 0 { return content }
        if count < 0 { failure = errno }
        content.append(contentsOf: bytes.prefix(max(count, 0)))
        if content.count > maximumBytes { failure = EFBIG }
    }
    wipe(&content)
    throw FileError(path: path, code: failure)
}

/// Writes a new file of mode 0600, whole or not at all. Durable when it returns. Throws FileError,
/// with EEXIST when the path is taken.
package func createFile(_ path: String, _ content: [UInt8]) throws(FileError) {
    let temporary = "\(path).\(getpid()).tmp"
    let file = try FileWriter(temporary)
    defer { unlink(temporary) }
    try file.add(content[...])
    try file.synchronize()
    try moveIntoPlace(temporary, path)
}

/// Returns the length of a file in bytes. Throws FileError, with ENOENT when there is no file.
package func fileLength(_ path: String) throws(FileError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError(path: path, code: errno) }
    return Int(status.st_size)
}

/// Writes all bytes to a descriptor. Returns zero, or the errno of the failure.
package func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int32 {
    var rest = bytes
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno != EINTR { return errno }
        rest = rest.dropFirst(max(count, 0))
    }
    return 0
}

/// Gives `temporary` the name `path`, durably. Throws FileError, with EEXIST when the path is
/// taken.
package func moveIntoPlace(_ temporary: String, _ path: String) throws(FileError) {
    guard link(temporary, path) == 0 else { throw FileError(path: path, code: errno) }
    unlink(temporary)
    try synchronizeFolder(of: path)
}

/// Returns the path with symbolic links resolved; the path itself when nothing exists there.
package func resolvedPath(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
}

/// Syncs the folder that holds `path`, so that a new or renamed file in it is durable.
package func synchronizeFolder(of path: String) throws(FileError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: folder, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(path: folder, code: errno) }
}
