import Dispatch
import Foundation
import Glibc

/// Writes each mail as `<mailID>.eml` into a folder, completely or not at all.
///
/// A mail that is delivered twice leaves one file, even if two processes deliver it at once.
package struct OutboxTransport: MailTransport {
    private let folder: String

    /// `folder` is created, with mode 0700, for the first mail; its parent must exist.
    package init(folder: String) { self.folder = folder }

    package func deliver(_ message: RenderedMail) async -> MailOutcome {
        do throws(MailError) {
            try checkMailID(message.mailID)
        } catch {
            return .refused(error.description)
        }
        // Locks and flushes wait for the disk, so they must not run on the threads that all tasks
        // share.
        return await withCheckedContinuation { continuation in
            OutboxTransport.queue.async { continuation.resume(returning: outcome(of: message)) }
        }
    }

    private static let queue = DispatchQueue(label: "mainstay outbox")

    private func outcome(of message: RenderedMail) -> MailOutcome {
        do throws(OutboxFailure) {
            try write(message)
            return .accepted
        } catch {
            return error.outcome
        }
    }

    private func write(_ message: RenderedMail) throws(OutboxFailure) {
        try createFolder()
        let directory = Descriptor(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        try check(directory.number, "open the outbox folder")
        // There is one writer at a time, so a file with the temporary name was left by a killed
        // run.
        try check(OutboxFolder.lock(directory), "lock the outbox folder")
        let temporary = OutboxFolder.temporaryName(of: message.mailID)
        unlinkat(directory.number, temporary, 0)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = Descriptor(openat(directory.number, temporary, flags, 0o600))
        try check(file.number, "create the mail")
        try writeAll(message.bytes, to: file)
        try check(fsync(file.number), "flush the mail")
        try check(
            renameat(
                directory.number, temporary, directory.number,
                OutboxFolder.fileName(of: message.mailID)),
            "rename the mail")
        try check(fsync(directory.number), "flush the outbox folder")
    }

    private func createFolder() throws(OutboxFailure) {
        guard mkdir(folder, 0o700) == 0 else {
            guard errno == EEXIST else { throw OutboxFailure(doing: "create the outbox folder") }
            return
        }
        let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        let directory = Descriptor(open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        try check(directory.number, "open the parent of the outbox folder")
        try check(fsync(directory.number), "flush the parent of the outbox folder")
    }

    private func writeAll(
        _ bytes: [UInt8], to file: borrowing Descriptor
    ) throws(OutboxFailure) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.write(file.number, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            try check(Int32(clamping: count), "write the mail")
            offset += count
        }
    }
}

extension OutboxFailure {
    /// `misconfigured` for what a person must change; `retryLater` for what may pass by itself.
    var outcome: MailOutcome {
        switch code {
        case EACCES, EPERM, EROFS, ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EINVAL:
            return .misconfigured(description)
        default: return .retryLater(description)
        }
    }
}
