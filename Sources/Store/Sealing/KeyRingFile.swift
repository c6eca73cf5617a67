import Foundation
import Glibc
package import OpenSSL
package import Pledging

/// The file of a ring: JSON, mode 0600, in clear or sealed under a passphrase by scrypt.
package struct KeyRingFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// Returns a new ring with one key for each purpose; it is not written yet.
    package static func makeKeys(
        bookID: ID<BookIdentity>, at now: Instant, random: RandomSource
    ) throws -> KeyRing {
        var entries: [KeyEntry] = []
        for (index, purpose) in KeyEntry.Purpose.allCases.enumerated() {
            entries.append(try makeKey(UInt16(index + 1), purpose, at: now))
        }
        return try KeyRing(bookID: bookID, entries: entries, random: random)
    }

    /// Returns a new random key, which is in no ring yet. Throws when the system gives no entropy.
    static func makeKey(
        _ id: UInt16, _ purpose: KeyEntry.Purpose, at now: Instant
    ) throws -> KeyEntry {
        KeyEntry(
            id: id, purpose: purpose, createdAt: now,
            secret: try SecretBytes.random(count: KeyEntry.length))
    }

    // MARK: Reading

    /// Returns the id of the ring's book, without opening the ring. Throws KeyRingError when the
    /// file is missing, damaged or a marker, and FileError when it cannot be read.
    package func bookID() throws -> ID<BookIdentity> {
        try bookID(load(StoredHead.self).book)
    }

    package func isProtected() throws -> Bool { try load(StoredRing.self).protection != nil }

    /// Returns the marker that replaced the ring when its keys were destroyed; nil when the file is
    /// a ring or something else. Throws KeyRingError.missing when there is no file, and FileError
    /// when it cannot be read.
    package func marker() throws -> RingMarker? {
        var bytes = try read()
        defer { wipe(&bytes) }
        return RingMarker(bytes)
    }

    /// Opens the ring. `passphrase` is called only if the ring has one, and again whenever the ring
    /// reads its file again. Throws KeyRingError when the file is missing, damaged or a marker or
    /// the passphrase is missing or wrong, and FileError when the file cannot be read.
    package func open(
        passphrase: @escaping @Sendable () throws -> [UInt8]?, random: RandomSource
    ) throws -> KeyRing {
        var content = try content(passphrase)
        if var given = content.passphrase {
            content.passphrase = nil
            wipe(&given)
        }
        let bookID = content.bookID
        return try KeyRing(bookID: bookID, entries: content.entries, random: random) {
            let present = try self.content(passphrase)
            // If another book's ring is there now, its keys are of no use for this book.
            return present.bookID == bookID ? present.entries : []
        }
    }

    /// The content of the file, opened.
    struct Content {
        let bookID: ID<BookIdentity>
        var entries: [KeyEntry]
        /// Nil for a ring in clear.
        var passphrase: [UInt8]?
    }

    private func content(_ passphrase: () throws -> [UInt8]?) throws -> Content {
        let stored = try load(StoredRing.self)
        let bookID = try bookID(stored.book)
        var keys = stored.keys
        var used: [UInt8]?
        if let protection = stored.protection {
            guard let given = try passphrase() else { throw KeyRingError.passphraseNeeded(path) }
            guard var plain = try protection.open(given, book: stored.book) else {
                throw KeyRingError.passphraseWrong(path)
            }
            keys = KeyRingFile.decode([StoredKey].self, wiping: &plain)
            used = given
        }
        guard let entries = keys?.compactMap(\.entry), entries.count == keys?.count else {
            throw KeyRingError.damaged(path)
        }
        return Content(bookID: bookID, entries: entries, passphrase: used)
    }

    private func bookID(_ text: String) throws -> ID<BookIdentity> {
        guard let id = try? ID<BookIdentity>(parsing: text) else {
            throw KeyRingError.damaged(path)
        }
        return id
    }

    /// Reads the whole ring, or its head alone: then no key is decoded.
    private func load<Stored: Decodable & RingContent>(_ type: Stored.Type) throws -> Stored {
        var bytes = try read()
        defer { wipe(&bytes) }
        if let marker = RingMarker(bytes) { throw KeyRingError.destroyed(path, marker.at) }
        guard let stored = KeyRingFile.decode(type, wiping: &bytes),
            stored.format == StoredRing.currentFormat
        else { throw KeyRingError.damaged(path) }
        return stored
    }

    private func read() throws -> [UInt8] {
        do {
            return try readFile(path, maximumBytes: KeyRingFile.maximumBytes)
        } catch {
            throw error.code == ENOENT ? KeyRingError.missing(path) : error
        }
    }

    /// Decodes JSON; nil when it does not have this form. The JSON is wiped as far as possible: the
    /// decoder's own memory cannot be reached.
    private static func decode<Value: Decodable>(
        _ type: Value.Type, wiping bytes: inout [UInt8]
    ) -> Value? {
        var data = Data(bytes)
        wipe(&bytes)
        defer { data.resetBytes(in: data.startIndex..<data.endIndex) }
        return try? JSONDecoder().decode(type, from: data)
    }

    // MARK: Writing

    /// Writes a new file, whole or not at all. Throws KeyRingError.exists when the path is taken,
    /// and FileError when it cannot be written.
    package func create(_ ring: KeyRing, passphrase: [UInt8]?, random: RandomSource) throws {
        let stored = try StoredRing(
            book: ring.bookID.text, ring.entries, passphrase: passphrase, random: random)
        var bytes = try stored.encoded()
        defer { wipe(&bytes) }
        do {
            try createFile(path, bytes)
        } catch {
            throw error.code == EEXIST ? KeyRingError.exists(path) : error
        }
    }

    /// Replaces the file's content by what `change` makes of it, and returns the answer of
    /// `change`. It is durable and atomic: a reader meanwhile finds the old content or the new one,
    /// whole. One process changes the file at a time. Writes nothing when nothing was changed.
    /// Throws what `open` throws, and KeyRingError.incomplete when a purpose would have no key.
    func replace<Answer>(
        passphrase: () throws -> [UInt8]?, random: RandomSource,
        _ change: (inout Content) throws -> Answer
    ) throws -> Answer {
        let lock: FileLock
        do {
            lock = try FileLock(path)
        } catch {
            throw error.isMissing ? KeyRingError.missing(path) : error
        }
        defer { lock.release() }
        var content = try content(passphrase)
        let former = content
        let answer = try change(&content)
        let isSame =
            content.entries.map(\.id) == former.entries.map(\.id)
            && content.passphrase == former.passphrase
        if isSame { return answer }
        // The new ring must be one that can be opened.
        _ = try KeyContexts(content.entries)
        let stored = try StoredRing(
            book: content.bookID.text, content.entries, passphrase: content.passphrase,
            random: random)
        var bytes = try stored.encoded()
        defer { wipe(&bytes) }
        try lock.replaceFile(with: bytes)
        return answer
    }

    /// Enough for thousands of keys; a larger file is not a key ring.
    static let maximumBytes = 1 << 20
}

/// Why a key ring cannot be used.
package enum KeyRingError: Error, Equatable, CustomStringConvertible {
    case missing(String)
    case exists(String)
    case damaged(String)
    case incomplete
    case passphraseNeeded(String)
    case passphraseWrong(String)
    case wrongBook(path: String, database: String)
    /// The book names a key that the ring does not hold.
    case lacksKey(UInt16)
    /// No key number is left.
    case full(String)
    /// The keys were destroyed at this time; a marker is at the ring's path.
    case destroyed(String, Instant)

    package var description: String {
        switch self {
        case .missing(let path):
            "there is no key ring at \(path); put it back, or set MAINSTAY_KEYS to its path"
        case .exists(let path):
            "there is already a key ring at \(path); it is never overwritten"
        case .damaged(let path): "\(path) is not a key ring of this program, or is damaged"
        case .incomplete:
            "the key ring has no key for one of its purposes (seal, hash, link)"
        case .passphraseNeeded(let path):
            "the key ring \(path) has a passphrase; set MAINSTAY_KEYS_PASSPHRASE_FILE "
                + "to the path of a file that holds it"
        case .passphraseWrong(let path): "the passphrase does not open the key ring \(path)"
        case .wrongBook(let path, let database):
            "the key ring \(path) belongs to another book than \(database)"
        case .lacksKey(let id):
            "the book needs key \(id), which the key ring lacks: the ring is an older copy; "
                + "put the present one back"
        case .full(let path): "the key ring \(path) is full: no key number is left"
        case .destroyed(_, let at):
            "the keys of this book were destroyed at \(at.rfc3339): its names, addresses "
                + "and tokens cannot be read; for totals and ids use 'mainstay report supporters "
                + "--without-personal-data'; to bring the keys back, import an exported ring by "
                + "'mainstay keys import'"
        }
    }
}
