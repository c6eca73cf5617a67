import Foundation
import OpenSSL
import Pledging

/// A part of a ring's JSON that names its format.
protocol RingContent {
    var format: String { get }
}

/// The id of the ring's book, without the keys.
struct StoredHead: Decodable, RingContent {
    let format: String
    let book: String
}

/// The form of a ring in its file and in an exported copy.
struct StoredRing: Codable, RingContent {
    static let currentFormat = "mainstay key ring 1"

    var format = StoredRing.currentFormat
    let book: String
    var keys: [StoredKey]?
    var protection: Protection?

    /// Holds the keys in clear, or sealed when there is a passphrase.
    init(
        book: String, _ entries: [KeyEntry], passphrase: [UInt8]?, random: RandomSource
    ) throws {
        self.book = book
        let keys = entries.map(StoredKey.init)
        guard let passphrase else {
            self.keys = keys
            return
        }
        var plain = Array(try JSONEncoder().encode(keys))
        defer { wipe(&plain) }
        protection = try Protection(
            sealing: plain, passphrase: passphrase, book: book, random: random)
    }

    /// The bytes of the file.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return Array(try encoder.encode(self))
    }
}

/// One key; times are milliseconds since 1970.
struct StoredKey: Codable {
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
struct Protection: Codable {
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

    /// Returns the JSON of the keys; nil when the passphrase is wrong or the parameters are out of
    /// bounds.
    func open(_ passphrase: [UInt8], book: String) throws -> [UInt8]? {
        guard let derivation = PassphraseKey(logN: logN, r: r, p: p, salt: Array(salt)) else {
            return nil
        }
        return try derivation.cipher(passphrase).open(
            Array(sealed)[...], nonce: Array(nonce)[...], associatedData: Array(book.utf8))
    }
}
