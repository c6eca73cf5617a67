import Foundation
import Glibc
package import OpenSSL
package import Pledging

/// The ring as a file: JSON, mode 0600, in clear or sealed under a passphrase by scrypt.
package struct KeyRingFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// A new ring with one key for each purpose; not yet written.
    package static func makeKeys(
        bookID: ID<BookIdentity>, at now: Instant, random: RandomSource
    ) throws -> KeyRing {
        var entries: [KeyEntry] = []
        for (index, purpose) in KeyEntry.Purpose.allCases.enumerated() {
            entries.append(try makeKey(UInt16(index + 1), purpose, at: now))
        }
        return try KeyRing(bookID: bookID, entries: entries, random: random)
    }

    /// A new random key; not yet in any ring. Throws when the system gives no entropy.
    static func makeKey(
        _ id: UInt16, _ purpose: KeyEntry.Purpose, at now: Instant
    ) throws -> KeyEntry {
        KeyEntry(
            id: id, purpose: purpose, createdAt: now,
            secret: try SecretBytes.random(count: KeyEntry.length))
    }

    // MARK: Reading

    /// Whose ring this is, without opening it.
    package func bookID() throws -> ID<BookIdentity> {
        try bookID(load(StoredHead.self).book)
    }

    package func isProtected() throws -> Bool { try load(StoredRing.self).protection != nil }

    /// What stands where the ring was, once its keys were destroyed; nil where a ring stands, or a
    /// file that is neither. Throws KeyRingError.missing where nothing is, and a FileError.
    package func marker() throws -> RingMarker? {
        var bytes = try read()
        defer { wipe(&bytes) }
        return RingMarker(bytes)
    }

    /// Opens the ring. The passphrase is asked for only if the ring has one, and again whenever the
    /// ring reads its file again.
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
            // Another book's ring that stands there now knows nothing about this book.
            return present.bookID == bookID ? present.entries : []
        }
    }

    /// What the file holds, opened.
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

    /// All of a ring, or its head alone: then no key comes into memory as a value.
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

    /// What JSON says; nil when it says nothing of that form. The JSON is wiped, as far as it is
    /// ours: the decoder's own memory cannot be reached.
    private static func decode<Value: Decodable>(
        _ type: Value.Type, wiping bytes: inout [UInt8]
    ) -> Value? {
        var data = Data(bytes)
        wipe(&bytes)
        defer { data.resetBytes(in: data.startIndex..<data.endIndex) }
        return try? JSONDecoder().decode(type, from: data)
    }

    // MARK: Writing

    /// Writes a new file and never over one: the file appears whole or not at all.
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

    /// Puts what `change` makes of the content in the file's place, durably and at once: who reads
    /// meanwhile finds the one or the other, whole. One process changes it at a time. Where nothing
    /// was changed nothing is written. Returns what `change` answers.
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
        // No ring is written that could not be opened.
        _ = try KeyContexts(content.entries)
        let stored = try StoredRing(
            book: content.bookID.text, content.entries, passphrase: content.passphrase,
            random: random)
        try lock.replaceFile(with: try stored.encoded())
        return answer
    }

    /// Thousands of keys; more is no key ring.
    static let maximumBytes = 1 << 20
}

/// Why there is no key ring to work with.
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
    /// No number is left for another key.
    case full(String)
    /// The keys were destroyed at that time; a marker stands at the ring's path.
    case destroyed(String, Instant)

    package var description: String {
        switch self {
        case .missing(let path):
            "no key ring at \(path); put it back, or name it by MAINSTAY_KEYS"
        case .exists(let path): "a key ring stands at \(path) already; it is never overwritten"
        case .damaged(let path): "\(path) is no key ring of this program, or is damaged"
        case .incomplete: "the key ring lacks a key of some purpose"
        case .passphraseNeeded(let path):
            "the key ring \(path) has a passphrase; name a file that holds it by "
                + "MAINSTAY_KEYS_PASSPHRASE_FILE"
        case .passphraseWrong(let path): "the passphrase does not open the key ring \(path)"
        case .wrongBook(let path, let database):
            "the key ring \(path) belongs to another book than \(database)"
        case .lacksKey(let id):
            "the book needs key \(id), which the key ring lacks: it is an older copy; put the "
                + "present ring back"
        case .full(let path): "the key ring \(path) has no number left for another key"
        case .destroyed(_, let at):
            "the keys of this book were destroyed at \(at.rfc3339): it holds no readable name, "
                + "address or token; totals and ids: 'mainstay report supporters "
                + "--without-personal-data'; an exported ring brings it back by 'mainstay keys "
                + "import'"
        }
    }
}
