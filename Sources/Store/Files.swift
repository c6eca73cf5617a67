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

    /// There is nothing at that path.
    package var isMissing: Bool { code == ENOENT }
    /// A pipe or device where a file is needed.
    package var isStream: Bool { code == ESPIPE }

    package var description: String { "\(path): \(String(cString: strerror(code)))" }
}

/// Up to `maximumBytes` of a file; EFBIG when there is more, EISDIR for a folder. The file may hold
/// secrets: of what was read, the array that is returned is the one copy, unless a pipe gave it.
package func readFile(_ path: String, maximumBytes: Int) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1_024)
    defer { wipe(&bytes) }
    var content: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 {
        // An array that grows leaves its former memory behind as it was.
        content.reserveCapacity(min(max(0, Int(status.st_size)), maximumBytes))
    }
    while true {
        let count = read(descriptor, &bytes, bytes.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw FileError(path: path, code: errno) }
        if count == 0 { return content }
        content.append(contentsOf: bytes.prefix(count))
        guard content.count <= maximumBytes else { throw FileError(path: path, code: EFBIG) }
    }
}

/// Writes a new file of mode 0600, whole or not at all, and never over one (then EEXIST).
package func createFile(_ path: String, _ content: [UInt8]) throws(FileError) {
    let temporary = "\(path).\(getpid()).tmp"
    let file = try FileWriter(temporary)
    defer { unlink(temporary) }
    try file.add(content[...])
    try file.synchronize()
    try moveIntoPlace(temporary, path)
}

/// The length of a file in bytes; ENOENT where there is none.
package func fileLength(_ path: String) throws(FileError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError(path: path, code: errno) }
    return Int(status.st_size)
}

/// Writes every byte to a descriptor. Zero, or the errno that stopped it.
package func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int32 {
    var rest = bytes
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno != EINTR { return errno }
        rest = rest.dropFirst(max(count, 0))
    }
    return 0
}

/// Gives `temporary` the name `path`, durably and never over a file (then EEXIST).
package func moveIntoPlace(_ temporary: String, _ path: String) throws(FileError) {
    guard link(temporary, path) == 0 else { throw FileError(path: path, code: errno) }
    unlink(temporary)
    try synchronizeFolder(of: path)
}

/// The path without symbolic links; the path itself where nothing stands yet.
package func resolvedPath(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
}

package func synchronizeFolder(of path: String) throws(FileError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: folder, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(path: folder, code: errno) }
}
