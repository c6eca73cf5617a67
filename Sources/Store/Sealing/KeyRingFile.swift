import Foundation
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
            entries.append(
                KeyEntry(
                    id: UInt16(index + 1), purpose: purpose, createdAt: now,
                    secret: try SecretBytes.random(count: KeyEntry.length)))
        }
        return try KeyRing(bookID: bookID, entries: entries, random: random)
    }

    /// Whose ring this is, without opening it.
    package func bookID() throws -> ID<BookIdentity> {
        let stored = try load(StoredHead.self)
        guard let id = try? ID<BookIdentity>(parsing: stored.book) else {
            throw KeyRingError.damaged(path)
        }
        return id
    }

    package func isProtected() throws -> Bool { try load(StoredRing.self).protection != nil }

    /// Opens the ring. The passphrase is asked for only if the ring has one.
    package func open(passphrase: () throws -> [UInt8]?, random: RandomSource) throws -> KeyRing {
        let stored = try load(StoredRing.self)
        guard let book = try? ID<BookIdentity>(parsing: stored.book) else {
            throw KeyRingError.damaged(path)
        }
        var keys = stored.keys
        if let protection = stored.protection {
            guard var given = try passphrase() else { throw KeyRingError.passphraseNeeded(path) }
            defer { wipe(&given) }
            guard var plain = try protection.open(given, book: stored.book) else {
                throw KeyRingError.passphraseWrong(path)
            }
            keys = KeyRingFile.decode([StoredKey].self, wiping: &plain)
        }
        guard let entries = keys?.compactMap(\.entry), entries.count == keys?.count else {
            throw KeyRingError.damaged(path)
        }
        return try KeyRing(bookID: book, entries: entries, random: random)
    }

    /// Writes a new file and never over one: the file appears whole or not at all.
    package func create(_ ring: KeyRing, passphrase: [UInt8]?, random: RandomSource) throws {
        let keys = ring.entries.map(StoredKey.init)
        var stored = StoredRing(book: ring.bookID.text, keys: keys, protection: nil)
        if let passphrase {
            var plain = Array(try JSONEncoder().encode(keys))
            defer { wipe(&plain) }
            stored.protection = try Protection(
                sealing: plain, passphrase: passphrase, book: stored.book, random: random)
            stored.keys = nil
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        var content = Array(try encoder.encode(stored))
        defer { wipe(&content) }
        do {
            try createFile(path, content)
        } catch {
            throw error.code == EEXIST ? KeyRingError.exists(path) : error
        }
    }

    /// What stands where the ring was, once its keys were destroyed; nil where a ring stands, or a
    /// file that is neither. Throws KeyRingError.missing where nothing is, and a FileError.
    package func marker() throws -> RingMarker? {
        var bytes = try read()
        defer { wipe(&bytes) }
        return RingMarker(bytes)
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
        case .destroyed(_, let at):
            "the keys of this book were destroyed at \(at.rfc3339): it holds no readable name, "
                + "address or token; totals and ids: 'mainstay report supporters "
                + "--without-personal-data'; an exported ring brings it back by 'mainstay keys "
                + "import'"
        }
    }
}

/// What names itself a ring.
private protocol RingContent {
    var format: String { get }
}

/// Whose ring it is, without its keys.
private struct StoredHead: Decodable, RingContent {
    let format: String
    let book: String
}

private struct StoredRing: Codable, RingContent {
    static let currentFormat = "mainstay key ring 1"

    var format = StoredRing.currentFormat
    let book: String
    var keys: [StoredKey]?
    var protection: Protection?
}

private struct StoredKey: Codable {
    let id: UInt16
    let purpose: String
    let createdAt: Int64
    let secret: Data

    init(_ entry: KeyEntry) {
        id = entry.id
        purpose = entry.purpose.rawValue
        createdAt = entry.createdAt.milliseconds
        secret = entry.secret.withBytes { Data($0) }
    }

    var entry: KeyEntry? {
        guard let purpose = KeyEntry.Purpose(rawValue: purpose), secret.count == KeyEntry.length
        else { return nil }
        return KeyEntry(
            id: id, purpose: purpose, createdAt: Instant(milliseconds: createdAt),
            secret: SecretBytes(Array(secret)))
    }
}

/// The keys sealed by AES-256-GCM under scrypt (RFC 7914) of a passphrase, bound to the book.
private struct Protection: Codable {
    let logN: Int
    let r: Int
    let p: Int
    let salt: Data
    let nonce: Data
    let sealed: Data

    init(sealing plain: [UInt8], passphrase: [UInt8], book: String, random: RandomSource) throws {
        let derivation = try PassphraseKey(random: random)
        logN = derivation.logN
        r = derivation.r
        p = derivation.p
        salt = Data(derivation.salt)
        nonce = Data(try random.bytes(AES256GCM.nonceLength))
        sealed = Data(
            try derivation.cipher(passphrase).seal(
                plain, nonce: Array(nonce), associatedData: Array(book.utf8)))
    }

    /// Nil when the passphrase is another one.
    func open(_ passphrase: [UInt8], book: String) throws -> [UInt8]? {
        guard let derivation = PassphraseKey(logN: logN, r: r, p: p, salt: Array(salt)) else {
            return nil
        }
        return try derivation.cipher(passphrase).open(
            Array(sealed)[...], nonce: Array(nonce)[...], associatedData: Array(book.utf8))
    }
}
