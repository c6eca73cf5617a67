import Foundation
import Glibc
package import Pledging

/// Two files beside the key ring, by which an older copy of the book is recognized: how often jobs
/// that act outside have run, and who was erased. They hold numbers, a time and ids, and no
/// personal data.
///
/// `RING.runs` is one record of fixed length: the number of the last run and its time.
/// `RING.erased` grows by a line for each erasure: the run's number, what was done, an id.
package struct RingJournal: Sendable {
    private let runsPath: String
    private let erasedPath: String
    private let isRecorded: Bool

    package init(ringPath: String) {
        self.init(runs: ringPath + ".runs", erased: ringPath + ".erased", isRecorded: true)
    }

    private init(runs: String, erased: String, isRecorded: Bool) {
        runsPath = runs
        erasedPath = erased
        self.isRecorded = isRecorded
    }

    /// The journal for a scratch copy of the book: it is read, and nothing is recorded.
    var ofScratchCopy: RingJournal {
        RingJournal(runs: runsPath, erased: erasedPath, isRecorded: false)
    }

    /// The last run that any copy of the book has had.
    package struct Run: Hashable, Sendable {
        package let number: Int64
        package let at: Instant
    }

    /// A person who must stay erased when an older copy of the book is used.
    package struct Tombstone: Hashable, Sendable {
        package enum Deed: String, Sendable {
            /// The person was forgotten; the row stays for the accounts.
            case erased
            /// Every row of the person was removed.
            case removed
        }

        package let run: Int64
        package let deed: Deed
        package let supporterID: ID<Supporter>

        package init(run: Int64, deed: Deed, supporterID: ID<Supporter>) {
            self.run = run
            self.deed = deed
            self.supporterID = supporterID
        }

        fileprivate var line: String { "\(run) \(deed.rawValue) \(supporterID.text)\n" }
    }

    /// Returns the last run, erasures included; nil before the first. Throws FileError, with
    /// EBADMSG when the record is malformed.
    package func lastRun() throws(FileError) -> Run? {
        var last: Run?
        // The file is empty while another process makes it, or when that process was killed.
        if let text = try content(of: runsPath), !text.isEmpty {
            let parts = text.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
            guard parts.count == 2 else { throw FileError(path: runsPath, code: EBADMSG) }
            last = Run(number: parts[0], at: Instant(milliseconds: parts[1]))
        }
        if let erased = try tombstones().map(\.run).max(), erased > last?.number ?? 0 {
            last = Run(number: erased, at: last?.at ?? Instant(milliseconds: 0))
        }
        return last
    }

    /// Records a run, unless it or a later one is recorded. Durable when it returns.
    package func record(_ run: Int64, at now: Instant) throws(FileError) {
        guard isRecorded else { return }
        let descriptor = try locked(runsPath)
        defer { close(descriptor) }
        let parts = (try content(of: runsPath) ?? "").split(whereSeparator: \.isWhitespace)
        if let known = parts.first.flatMap({ Int64($0) }), known >= run { return }
        let record = RingJournal.padded(run) + " " + RingJournal.padded(now.milliseconds) + "\n"
        let bytes = Array(record.utf8)
        // In place and shorter than a sector, so the record is never written in part.
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, fsync(descriptor) == 0
        else { throw FileError(path: runsPath, code: errno) }
    }

    /// Records who was erased. Called before the erasure is committed, so that one that is
    /// interrupted between the two is repeated, never lost. Durable when it returns.
    package func recordTombstones(_ tombstones: [Tombstone]) throws(FileError) {
        guard isRecorded, !tombstones.isEmpty else { return }
        let descriptor = try locked(erasedPath)
        defer { close(descriptor) }
        var text = ""
        // A partial last line, left by a killed writer, is ended here and ignored by readers.
        if try content(of: erasedPath)?.hasSuffix("\n") == false { text = "\n" }
        text += tombstones.map(\.line).joined()
        guard lseek(descriptor, 0, SEEK_END) >= 0 else {
            throw FileError(path: erasedPath, code: errno)
        }
        var failure = writeAll(Array(text.utf8)[...], to: descriptor)
        if failure == 0 && fsync(descriptor) != 0 { failure = errno }
        guard failure == 0 else { throw FileError(path: erasedPath, code: failure) }
    }

    /// Returns everybody who was erased, first to last.
    package func tombstones() throws(FileError) -> [Tombstone] {
        (try content(of: erasedPath) ?? "").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, let run = Int64(words[0]),
                let deed = Tombstone.Deed(rawValue: String(words[1])),
                let id = try? ID<Supporter>(parsing: String(words[2]))
            else { return nil }
            return Tombstone(run: run, deed: deed, supporterID: id)
        }
    }

    private func content(of path: String) throws(FileError) -> String? {
        do {
            return String(
                decoding: try readFile(path, maximumBytes: RingJournal.maximumBytes), as: UTF8.self)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// Opens the file under an exclusive lock; closing it unlocks.
    private func locked(_ path: String) throws(FileError) -> Int32 {
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                throw FileError(path: path, code: errno)
            }
        }
        if isNew { try synchronizeFolder(of: path) }
        return descriptor
    }

    private static func padded(_ number: Int64) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 20 - text.count)) + text
    }

    /// Enough for twenty million erasures.
    private static let maximumBytes = 1 << 30
}
