import Glibc
package import Pledging

/// The folder that OutboxTransport writes into: lists its mails and removes them.
///
/// A mail is a regular file `<id>.eml`, or `.<id>.tmp` if a killed run left it half written.
/// Everything else (links, folders, files of other names) is not ours and stays.
package struct OutboxFolder: Sendable {
    package let path: String

    /// The folder need not exist.
    package init(path: String) { self.path = path }

    /// Returns the mails in the folder, in the order of their ids; none if there is no folder.
    /// Throws if it cannot be read.
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
        // The end of the folder leaves errno at 0.
        guard errno == 0 else { throw OutboxFailure(doing: "list the outbox folder") }
        return found.sorted()
    }

    /// Removes the files of these mails, durably, and returns how many of the mails had one. Waits
    /// for a mail that is being written. Missing mails and a missing folder are not errors.
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

    /// The result of removing all mails.
    package struct Emptied: Equatable, Sendable {
        /// How many mails were removed.
        package var removed = 0
        /// How many files stay because they could not be removed.
        package var left = 0
        /// Why the first of those files stays, or why the folder could not be read.
        package var failure: String?
    }

    /// Removes every mail, whole or half written, and continues if one cannot be removed. It takes
    /// no lock, so it does not wait for writers, and it does not overwrite contents. Durable when
    /// it returns.
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

    /// Returns the file name of a complete mail.
    static func fileName(of mailID: String) -> String { "\(mailID).eml" }

    /// Returns the file name of a mail while it is written.
    static func temporaryName(of mailID: String) -> String { ".\(mailID).tmp" }

    /// Locks the folder, after waiting for other processes that write or remove mails, which takes
    /// some milliseconds each. Returns a negative number on failure. Closing the descriptor
    /// unlocks.
    static func lock(_ directory: borrowing Descriptor) -> Int32 {
        while true {
            let result = flock(directory.number, LOCK_EX)
            if result == 0 || errno != EINTR { return result }
        }
    }

    // MARK: Names

    /// Returns the id of the mail whose file has that name; nil if it is not the name of a mail's
    /// file.
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

    /// Returns whether it is a regular file; a link to one is not.
    private func isFile(_ name: String, in directory: Int32) -> Bool {
        var status = stat()
        return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0
            && status.st_mode & S_IFMT == S_IFREG
    }

    /// NAME_MAX and the zero byte: the longest name of a folder's entry.
    private static let nameBytes = 256
}

/// A failed system call on the outbox, and its purpose. The text contains no address.
package struct OutboxFailure: Error, CustomStringConvertible {
    let code: Int32
    let action: String

    init(code: Int32 = errno, doing action: String) {
        self.code = code
        self.action = action
    }

    package var description: String { "cannot \(action): \(String(cString: strerror(code)))" }
}

/// Throws if a system call returned a negative number.
func check(_ result: Int32, _ action: String) throws(OutboxFailure) {
    guard result >= 0 else { throw OutboxFailure(doing: action) }
}
