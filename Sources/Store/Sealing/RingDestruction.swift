import Foundation
import Glibc
import OpenSSL
package import Pledging

/// The marker that replaces a ring whose keys were destroyed: the book's id, and the time. It holds
/// no secret.
package struct RingMarker: Equatable, Sendable {
    /// Nil when the ring was damaged before and named no book.
    package let bookID: ID<BookIdentity>?
    package let at: Instant

    package init(bookID: ID<BookIdentity>?, at: Instant) {
        self.bookID = bookID
        self.at = at
    }

    /// Nil when the content is not a marker.
    init?(_ bytes: [UInt8]) {
        // A ring is longer, so it need not be decoded.
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

    /// A marker has about 130 bytes; the shortest ring is longer than this.
    private static let maximumBytes = 256
}

/// The result of destroying a ring.
package struct RingDestruction: Equatable, Sendable {
    package enum Outcome: String, Sendable {
        case destroyed
        /// A marker was there: the keys were destroyed before.
        case destroyedBefore
        /// No file was there, and none was made.
        case missing
        /// A step failed; `failures` says which.
        case incomplete
    }

    package let outcome: Outcome
    /// One line for each step that failed: what, and why.
    package let failures: [String]
}

extension KeyRingFile {
    /// Destroys the keys: overwrites the file with random bytes, in place and durably, and replaces
    /// it by a marker. Nothing is opened, so neither passphrase nor book is needed. Each step is
    /// tried even if one before it failed.
    package func destroy(at now: Instant) -> RingDestruction {
        // A link stays; its target holds the keys and becomes the marker.
        let file = resolvedPath(path)
        var status = stat()
        guard lstat(file, &status) == 0 else {
            guard errno != ENOENT else { return RingDestruction(outcome: .missing, failures: []) }
            return .failed(["\(FileError(path: file, code: errno))"])
        }
        guard status.st_mode & S_IFMT == S_IFREG,
            Int(status.st_size) <= KeyRingFile.maximumBytes
        else { return .failed(["\(path) is not a key ring; it was not changed"]) }
        // An error is ignored: a file that cannot be read may still be written or removed.
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
            failures.append("\(error); the key ring's file was not removed")
            // The file was overwritten but keeps its name, so the marker is at least written into
            // it.
            if failures.count == 1 { writeInPlace(left, file) }
        }
        return failures.isEmpty
            ? RingDestruction(outcome: .destroyed, failures: []) : .failed(failures)
    }

    private func replace(
        _ file: String, _ former: stat, by marker: RingMarker
    ) throws(FileError) {
        // Named like every temporary file of a ring, so that `Leftovers` finds it.
        let temporary = "\(file).\(getpid()).tmp"
        defer { unlink(temporary) }
        do throws(FileError) {
            let writer = try FileWriter(temporary)
            try writer.add(marker.content[...])
            try writer.synchronize()
            // Whoever could read the ring must be able to read the marker.
            if geteuid() == 0 { _ = chown(temporary, former.st_uid, former.st_gid) }
            // One step removes the ring and puts the marker in its place.
            guard rename(temporary, file) == 0 else { throw FileError(path: file, code: errno) }
        } catch {
            // A full disk takes no marker; the ring is removed all the same.
            guard unlink(file) == 0 else { throw FileError(path: file, code: errno) }
        }
        try synchronizeFolder(of: file)
    }

    /// For a file that cannot be replaced or removed. The random bytes are already on the disk.
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

/// Overwrites a whole file with random bytes, in place, and returns when they are on the disk. A
/// file that its owner may only read is made writable first.
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
