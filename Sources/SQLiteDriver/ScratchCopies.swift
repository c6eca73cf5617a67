import Glibc
import Store
import Synchronization

/// The copies of a book that dry runs work on: `BOOK.scratch-<number>.<pid>.copy`. Beside each is a
/// file `…-lock`, which the process that uses the copy keeps locked; a process id would not do,
/// because the system gives it again. `Leftovers` recognizes these forms of names too.
enum ScratchCopies {
    /// How many copies this process has made; several may be in use at once.
    private static let count = Atomic(0)

    /// Returns a path that no other dry run uses.
    static func newPath(besides book: String) -> String {
        let number = count.add(1, ordering: .relaxed).newValue
        return "\(book).scratch-\(number).\(getpid()).copy"
    }

    /// Locks `copy`, which is made afterwards; a copy whose lock is free counts as abandoned. Waits
    /// while another process that found the lock file of a killed one removes it.
    static func lock(_ copy: String) throws(FileError) -> FileLock {
        try FileLock(creating: copy + lockSuffix)
    }

    /// Removes copies that killed processes left, because they still hold what was erased since.
    /// Returns false while a dry run is in progress, or when a copy cannot be removed.
    static func removeAbandoned(besides book: String) -> Bool {
        let end = book.lastIndex(of: "/").map { book.index(after: $0) } ?? book.startIndex
        let folder = end == book.startIndex ? "./" : String(book[..<end])
        let name = String(book[end...])
        let copies = Set(names(in: folder).compactMap { copy(of: $0, besides: name) })
        return copies.sorted().reduce(true) { remove(folder + $1) && $0 }
    }

    /// Removes a copy unless it is in use; returns whether it is gone.
    private static func remove(_ copy: String) -> Bool {
        let lock = open(copy + lockSuffix, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        defer { if lock >= 0 { close(lock) } }
        if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) != 0 { return false }
        SQLiteCopy.remove(copy)
        unlink(copy + lockSuffix)
        var status = stat()
        return lstat(copy, &status) != 0
    }

    /// Returns the name of the copy that this name is of, or beside; nil for any other name.
    private static func copy(of name: String, besides book: String) -> String? {
        var rest = name[...]
        guard rest.hasPrefix("\(book).scratch-") else { return nil }
        for side in ["-wal", "-shm", "-journal", lockSuffix] where rest.hasSuffix(side) {
            rest = rest.dropLast(side.count)
        }
        let parts = rest.dropFirst(book.count).split(separator: ".")
        guard parts.count == 3, parts[2] == "copy", Int(parts[1]) != nil else { return nil }
        return String(rest)
    }

    private static let lockSuffix = "-lock"

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            found.append(
                withUnsafePointer(to: &entry.pointee.d_name) { start in
                    start.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                        String(cString: $0)
                    }
                })
        }
        return found
    }
}
