import Foundation
import Glibc
import OpenSSL
package import Pledging

/// What stands at a ring's path once its keys were destroyed: whose they were, and since when they
/// are gone. It holds no secret.
package struct RingMarker: Equatable, Sendable {
    /// Nil where the ring was damaged before, and named no book.
    package let bookID: ID<BookIdentity>?
    package let at: Instant

    package init(bookID: ID<BookIdentity>?, at: Instant) {
        self.bookID = bookID
        self.at = at
    }

    /// Nil for content that is no marker.
    init?(_ bytes: [UInt8]) {
        // A ring is longer, and need not be decoded to be told apart.
        guard bytes.count <= RingMarker.maximumBytes,
            let stored = try? JSONDecoder().decode(Stored.self, from: Data(bytes)),
            stored.format == Stored.currentFormat, let at = Instant(rfc3339: stored.destroyedAt)
        else { return nil }
        self.at = at
        bookID = stored.book.flatMap { try? ID<BookIdentity>(parsing: $0) }
    }

    fileprivate var content: [UInt8] {
        let text = JSON.members([
            "format": .string(Stored.currentFormat), "book": bookID.map { .string($0.text) },
            "destroyed_at": .string(at.rfc3339),
        ]).text
        return Array((text + "\n").utf8)
    }

    private struct Stored: Decodable {
        static let currentFormat = "mainstay key ring destroyed"

        let format: String
        let book: String?
        let destroyedAt: String

        enum CodingKeys: String, CodingKey {
            case format, book
            case destroyedAt = "destroyed_at"
        }
    }

    /// A marker has some 130; the shortest ring is longer.
    private static let maximumBytes = 256
}

/// How far the destroying of a ring came.
package struct RingDestruction: Equatable, Sendable {
    package enum Outcome: String, Sendable {
        case destroyed
        /// A marker stood there: it was done before.
        case destroyedBefore
        /// Nothing stood there, and nothing was put there.
        case missing
        /// Some of it failed; `failures` says what.
        case incomplete
    }

    package let outcome: Outcome
    /// Each is one line: what failed, and why.
    package let failures: [String]
}

extension KeyRingFile {
    /// Destroys the keys: overwrites the file with random bytes, in place and durably, takes its
    /// name, and leaves a marker there. Nothing is opened: it needs no passphrase and no book.
    /// What fails keeps nothing that comes after it from being tried.
    package func destroy(at now: Instant) -> RingDestruction {
        // A link stays, and leads to the marker: what it leads to is what holds the keys.
        let file = resolvedPath(path)
        var status = stat()
        guard lstat(file, &status) == 0 else {
            guard errno != ENOENT else { return RingDestruction(outcome: .missing, failures: []) }
            return .failed(["\(FileError(path: file, code: errno))"])
        }
        guard status.st_mode & S_IFMT == S_IFREG,
            Int(status.st_size) <= KeyRingFile.maximumBytes
        else { return .failed(["\(path) is no key ring; nothing in it was touched"]) }
        // One that cannot be read may still be written or removed.
        if (try? marker()) != nil {
            return RingDestruction(outcome: .destroyedBefore, failures: [])
        }
        let left = RingMarker(bookID: try? bookID(), at: now)
        var failures: [String] = []
        do throws(FileError) {
            try overwrite(file)
        } catch {
            failures.append("\(error); its content was not overwritten")
        }
        do throws(FileError) {
            try replace(file, status, by: left)
        } catch {
            failures.append("\(error); the file of the ring was not removed")
            // The name stays: what it names says at least what became of it.
            if failures.count == 1 { writeInPlace(left, file) }
        }
        return failures.isEmpty
            ? RingDestruction(outcome: .destroyed, failures: []) : .failed(failures)
    }

    private func replace(
        _ file: String, _ former: stat, by marker: RingMarker
    ) throws(FileError) {
        // Of the same form as every temporary file of a ring: one that is left is found again.
        let temporary = "\(file).\(getpid()).tmp"
        defer { unlink(temporary) }
        do throws(FileError) {
            let writer = try FileWriter(temporary)
            try writer.add(marker.content[...])
            try writer.synchronize()
            // Whoever was to read the ring must be able to read what became of it.
            if geteuid() == 0 { _ = chown(temporary, former.st_uid, former.st_gid) }
            // One step takes the old file's name and gives it to the marker.
            guard rename(temporary, file) == 0 else { throw FileError(path: file, code: errno) }
        } catch {
            // A full disk takes no marker, and still lets go of the ring.
            guard unlink(file) == 0 else { throw FileError(path: file, code: errno) }
        }
        try synchronizeFolder(of: file)
    }

    /// Where nothing can be done with the name. The random bytes are on the disk by now.
    private func writeInPlace(_ marker: RingMarker, _ file: String) {
        guard let writer = try? FileWriter(file), (try? writer.add(marker.content[...])) != nil
        else { return }
        try? writer.synchronize()
    }
}

extension RingDestruction {
    fileprivate static func failed(_ failures: [String]) -> RingDestruction {
        RingDestruction(outcome: .incomplete, failures: failures)
    }
}

/// Writes random bytes over all of a file, in place, and returns when they are on the disk. A file
/// that its owner may only read is made writable first.
func overwrite(_ path: String) throws(FileError) {
    var descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    if descriptor < 0, errno == EACCES, chmod(path, 0o600) == 0 {
        descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    }
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, code: errno) }
    var rest = Int(status.st_size)
    while rest > 0 {
        let piece = min(rest, 64 * 1_024)
        guard let bytes = try? randomBytes(piece) else { throw FileError(path: path, code: EIO) }
        let failure = writeAll(bytes[...], to: descriptor)
        guard failure == 0 else { throw FileError(path: path, code: failure) }
        rest -= piece
    }
    guard fsync(descriptor) == 0 else { throw FileError(path: path, code: errno) }
}
