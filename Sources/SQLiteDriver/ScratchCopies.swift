import Glibc
import Synchronization

/// The copies of a book that dry runs work on: `BOOK.scratch-<number>.<pid>.copy`, a name that
/// `Leftovers` knows as well.
enum ScratchCopies {
    /// How many this process has made: several may be in use at once.
    private static let count = Atomic(0)

    /// A path that nobody else uses.
    static func newPath(besides book: String) -> String {
        let number = count.add(1, ordering: .relaxed).newValue
        return "\(book).scratch-\(number).\(getpid()).copy"
    }

    /// Removes those that killed processes left behind, because they still hold what was erased
    /// since. False while a dry run is under way, or one cannot be removed.
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

    /// Whose copy, or file beside a copy, has this name; nil for any other file.
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
