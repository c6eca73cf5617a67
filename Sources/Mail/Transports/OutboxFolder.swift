import Glibc
package import Pledging

/// The folder that OutboxTransport writes into: which mails lie there, and how they are removed.
///
/// A mail lies there as a regular file `<id>.eml`, or as `.<id>.tmp` where a killed run left half
/// of one. All else (links, folders, files of other names) is somebody else's, and stays.
package struct OutboxFolder: Sendable {
    package let path: String

    /// The folder need not exist.
    package init(path: String) { self.path = path }

    /// The mails that lie there, in the order of their ids; none when there is no folder.
    package func mailIDs() throws(OutboxFailure) -> [ID<QueuedMail>] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw OutboxFailure(doing: "open the outbox folder")
        }
        defer { closedir(stream) }
        var found: Set<ID<QueuedMail>> = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: OutboxFolder.nameBytes) {
                    String(cString: $0)
                }
            }
            guard let id = OutboxFolder.mailID(of: name), isFile(name, in: dirfd(stream))
            else { continue }
            found.insert(id)
        }
        // The end of the folder leaves errno alone.
        guard errno == 0 else { throw OutboxFailure(doing: "list the outbox folder") }
        return found.sorted()
    }

    /// Removes the files of these mails, durably, and returns of how many of them there was one.
    /// It waits for a mail that is being written; mails and a folder that are missing are no error.
    @discardableResult
    package func remove(_ mailIDs: [ID<QueuedMail>]) throws(OutboxFailure) -> Int {
        guard !mailIDs.isEmpty else { return 0 }
        let directory = Descriptor(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        if directory.number < 0 && errno == ENOENT { return 0 }
        try check(directory.number, "open the outbox folder")
        try check(OutboxFolder.lock(directory), "lock the outbox folder")
        var removed = 0
        for id in mailIDs {
            let names = [
                OutboxFolder.fileName(of: id.text), OutboxFolder.temporaryName(of: id.text),
            ]
            var hadFile = false
            for name in names where isFile(name, in: directory.number) {
                try check(unlinkat(directory.number, name, 0), "remove a mail")
                hadFile = true
            }
            if hadFile { removed += 1 }
        }
        try check(fsync(directory.number), "flush the outbox folder")
        return removed
    }

    /// What became of the mails when all of them were to go.
    package struct Emptied: Equatable, Sendable {
        /// Mails that were removed.
        package var removed = 0
        /// Files that stay, because they could not be removed.
        package var left = 0
        /// Why the first of those stays, or the folder could not be read.
        package var failure: String?
    }

    /// Removes every mail, whole or half written, and goes on where one cannot be removed. It waits
    /// for nobody who writes or removes meanwhile, and overwrites nothing. Durable when it returns.
    package func empty() -> Emptied {
        var emptied = Emptied()
        let directory = Descriptor(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        if directory.number < 0 && errno == ENOENT { return emptied }
        do throws(OutboxFailure) {
            try check(directory.number, "open the outbox folder")
            for id in try mailIDs() {
                var hadFile = false
                for name in [
                    OutboxFolder.fileName(of: id.text), OutboxFolder.temporaryName(of: id.text),
                ] {
                    if unlinkat(directory.number, name, 0) == 0 {
                        hadFile = true
                    } else if errno != ENOENT {
                        emptied.left += 1
                        let failure = OutboxFailure(doing: "remove a mail")
                        emptied.failure = emptied.failure ?? failure.description
                    }
                }
                if hadFile { emptied.removed += 1 }
            }
            try check(fsync(directory.number), "flush the outbox folder")
        } catch {
            emptied.failure = emptied.failure ?? error.description
        }
        return emptied
    }

    // MARK: Shared with OutboxTransport

    /// The name of a whole mail.
    static func fileName(of mailID: String) -> String { "\(mailID).eml" }

    /// The name of a mail while it is written.
    static func temporaryName(of mailID: String) -> String { ".\(mailID).tmp" }

    /// Waits for others who write or remove, which takes them some milliseconds each; negative when
    /// it failed. Closing the descriptor unlocks.
    static func lock(_ directory: borrowing Descriptor) -> Int32 {
        while true {
            let result = flock(directory.number, LOCK_EX)
            if result == 0 || errno != EINTR { return result }
        }
    }

    // MARK: Names

    /// Whose file bears that name; nil for a name that no mail bears.
    private static func mailID(of name: String) -> ID<QueuedMail>? {
        var text = name[...]
        if text.hasSuffix(".eml") {
            text = text.dropLast(4)
        } else if text.hasPrefix("."), text.hasSuffix(".tmp") {
            text = text.dropFirst().dropLast(4)
        } else {
            return nil
        }
        return try? ID<QueuedMail>(parsing: String(text))
    }

    /// A link to a file is none.
    private func isFile(_ name: String, in directory: Int32) -> Bool {
        var status = stat()
        return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0
            && status.st_mode & S_IFMT == S_IFREG
    }

    /// NAME_MAX and the zero after it: as long as a folder's entry can be.
    private static let nameBytes = 256
}

/// A system call on the outbox that failed, and what it was for. The text holds no address.
package struct OutboxFailure: Error, CustomStringConvertible {
    let code: Int32
    let action: String

    init(code: Int32 = errno, doing action: String) {
        self.code = code
        self.action = action
    }

    package var description: String { "cannot \(action): \(String(cString: strerror(code)))" }
}

/// Throws when a system call returned a negative number.
func check(_ result: Int32, _ action: String) throws(OutboxFailure) {
    guard result >= 0 else { throw OutboxFailure(doing: action) }
}
