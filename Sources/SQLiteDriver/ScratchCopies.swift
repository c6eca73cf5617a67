import Glibc
import Synchronization

/// The copies of a book that dry runs work on: `BOOK.scratch-<number>.<pid>.copy`. `Leftovers`
/// recognizes this form of name too.
enum ScratchCopies {
    /// How many copies this process has made; several may be in use at once.
    private static let count = Atomic(0)

    /// Returns a path that no other dry run uses.
    static func newPath(besides book: String) -> String {
        let number = count.add(1, ordering: .relaxed).newValue
        return "\(book).scratch-\(number).\(getpid()).copy"
    }

    /// Removes copies that killed processes left, because they still hold what was erased since.
    /// Returns false while a dry run is in progress, or when a copy cannot be removed.
    static func removeAbandoned(besides book: String) -> Bool {
        let end = book.lastIndex(of: "/").map { book.index(after: $0) } ?? book.startIndex
        let folder = end == book.startIndex ? "./" : String(book[..<end])
        var isClean = true
        for name in names(in: folder) {
            guard let process = process(of: name, besides: String(book[end...])) else { continue }
            let isGone = kill(process, 0) != 0 && errno == ESRCH
            if !isGone || (unlink(folder + name) != 0 && errno != ENOENT) { isClean = false }
        }
        return isClean
    }

    /// The process whose copy, or file beside a copy, has this name; nil for any other name.
    private static func process(of name: String, besides book: String) -> pid_t? {
        var rest = name[...]
        guard rest.hasPrefix("\(book).scratch-") else { return nil }
        for side in ["-wal", "-shm", "-journal"] where rest.hasSuffix(side) {
            rest = rest.dropLast(side.count)
        }
        let parts = rest.dropFirst(book.count).split(separator: ".")
        guard parts.count == 3, parts[2] == "copy", let process = pid_t(parts[1]), process > 0
        else { return nil }
        return process
    }

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
