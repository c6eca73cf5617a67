import Glibc

/// Removes temporary files that a killed command left beside the book or its ring: a partial new
/// book or ring, a copy for a backup, a partial backup or report. Their names are those given in
/// `createFile`, `FileLock`, `BackupFile` and where books are made, copied and reported. Only
/// regular files of mode 0600 count, and only those that belong to the owner of the book or the
/// ring, or to this process's user.
package struct Leftovers: Sendable {
    private let bookPath: String
    private let ringPath: String

    package init(bookPath: String, ringPath: String) {
        self.bookPath = bookPath
        // A ring that is a link is replaced at the link's target.
        self.ringPath = resolvedPath(ringPath)
    }

    /// The number of files removed, and a line for each failure.
    package struct Removed: Equatable, Sendable {
        package var count = 0
        package var failures: [String] = []
    }

    /// Removes all of them, durably. A partial ring holds keys and is overwritten first. Looks in
    /// the folder of the book and in that of the ring, not in folders below.
    package func remove() -> Removed {
        var removed = Removed()
        let owners = owners()
        for place in Set([folder(of: bookPath), folder(of: ringPath)]).sorted() {
            guard let found = names(in: place) else {
                removed.failures.append("\(FileError(path: place, code: errno))")
                continue
            }
            let ours = found.filter { isOurs($0, in: place, owners) }
            for name in ours.sorted() { remove(place + name, &removed) }
            guard !ours.isEmpty else { continue }
            do throws(FileError) {
                try synchronizeFolder(of: place)
            } catch {
                removed.failures.append("\(error)")
            }
        }
        return removed
    }

    private func remove(_ path: String, _ removed: inout Removed) {
        if path.hasPrefix(fullPath(ringPath) + ".") {
            do throws(FileError) {
                try overwrite(path)
            } catch {
                removed.failures.append("\(error); its content was not overwritten")
            }
        }
        if unlink(path) == 0 {
            removed.count += 1
        } else if errno != ENOENT {
            removed.failures.append("\(FileError(path: path, code: errno))")
        }
    }

    // MARK: What is ours

    private func isOurs(_ name: String, in folder: String, _ owners: Set<uid_t>) -> Bool {
        guard isTemporaryName(name, in: folder) else { return false }
        var status = stat()
        return lstat(folder + name, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && status.st_mode & 0o7777 == 0o600 && owners.contains(status.st_uid)
    }

    /// Whether it is `FILE.<pid>.tmp` or `FILE.<pid>.copy` of any file, `BOOK.<pid>.new` of this
    /// book, or `RING.new`. Beside a copy or a new book, SQLite's files (`-wal`, `-shm`,
    /// `-journal`) and the lock of a copy (`-lock`) count too.
    func isTemporaryName(_ name: String, in folder: String) -> Bool {
        if folder + name == fullPath(ringPath) + FileLock.temporarySuffix { return true }
        var rest = name[...]
        var hasSide = false
        for side in ["-wal", "-shm", "-journal", "-lock"] where rest.hasSuffix(side) {
            rest = rest.dropLast(side.count)
            hasSide = true
            break
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, Leftovers.isProcessID(parts[parts.count - 2]) else { return false }
        let kind = parts[parts.count - 1]
        let file = parts.dropLast(2).joined(separator: ".")
        guard !file.isEmpty else { return false }
        switch kind {
        case "tmp": return !hasSide
        case "copy": return true
        case "new": return folder + file == fullPath(bookPath)
        default: return false
        }
    }

    /// Whether the text is a process id as the system writes it: without leading zeros, and at most
    /// PID_MAX_LIMIT.
    private static func isProcessID(_ text: Substring) -> Bool {
        guard let number = Int32(text), number > 0, number <= processMaximum else { return false }
        return String(number) == text
    }

    private func owners() -> Set<uid_t> {
        var owners: Set<uid_t> = [geteuid()]
        for path in [bookPath, ringPath] {
            var status = stat()
            if lstat(path, &status) == 0 { owners.insert(status.st_uid) }
        }
        return owners
    }

    /// With a slash at its end.
    private func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    }

    /// The path as folder and name: `./` is added when it has no folder.
    private func fullPath(_ path: String) -> String {
        path.contains("/") ? path : "./" + path
    }

    /// Nil when the folder cannot be read; errno says why.
    private func names(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            found.append(
                withUnsafePointer(to: &entry.pointee.d_name) { start in
                    start.withMemoryRebound(to: CChar.self, capacity: Leftovers.nameBytes) {
                        String(cString: $0)
                    }
                })
        }
        return found
    }

    /// The kernel's PID_MAX_LIMIT.
    private static let processMaximum: Int32 = 4_194_304
    /// NAME_MAX and the zero after it.
    private static let nameBytes = 256
}
