import Foundation
import OpenSSL
import Pledging

/// The unencrypted line of a backup: the book's id, and which key opens it.
struct BackupHeader: Codable {
    let book: String
    let createdAt: String
    let schema: Int
    let chunkBytes: Int
    /// 7 random bytes, new for each file: one key seals many backups, and no nonce may be used
    /// twice.
    let noncePrefix: Data
    let key: Key
    /// The tag of an empty text under the key: it tells a wrong key from a damaged file.
    let keyCheck: Data

    struct Key: Codable {
        let kind: Kind
        /// The id of the ring's key; nil with a passphrase.
        var id: UInt16?
        /// The parameters of scrypt; nil without a passphrase.
        var logN: Int?
        var r: Int?
        var p: Int?
        var salt: Data?

        enum Kind: String, Codable { case ring, passphrase }

        enum CodingKeys: String, CodingKey {
            case kind, id, r, p, salt
            case logN = "log_n"
        }
    }

    enum CodingKeys: String, CodingKey {
        case book, schema, key
        case createdAt = "created_at"
        case chunkBytes = "chunk_size"
        case noncePrefix = "nonce_prefix"
        case keyCheck = "key_check"
    }

    /// Returns a header for a new file, and the cipher that it names. Throws SealError.unknownKey
    /// when the ring lacks the key.
    static func make(
        _ content: BackupContent, _ keys: BackupKeys, _ random: RandomSource
    ) throws -> (header: BackupHeader, cipher: AES256GCM) {
        let key: Key
        let cipher: AES256GCM
        if let passphrase = keys.passphrase {
            let derivation = try PassphraseKey(random: random)
            key = Key(
                kind: .passphrase, logN: derivation.logN, r: derivation.r, p: derivation.p,
                salt: Data(derivation.salt))
            cipher = try derivation.cipher(passphrase)
        } else {
            let id = keys.ring.sealKeyID
            guard let found = keys.ring.backupCipher(id) else { throw SealError.unknownKey(id) }
            key = Key(kind: .ring, id: id)
            cipher = found
        }
        let prefix = try random.bytes(ChunkNonce.prefixLength)
        let check = try cipher.seal(
            [], nonce: ChunkNonce(prefix: prefix).ofKeyCheck, associatedData: keyCheckText)
        let header = BackupHeader(
            book: keys.ring.bookID.text, createdAt: content.createdAt.rfc3339,
            schema: content.schema, chunkBytes: BackupFile.chunkBytes,
            noncePrefix: Data(prefix), key: key, keyCheck: Data(check))
        return (header, cipher)
    }

    /// Returns the header's bytes as they are in the file, magic line included; every chunk is
    /// bound to them.
    func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return BackupFile.magic + Array(try encoder.encode(self)) + [0x0A]
    }

    /// Returns the cipher that opens the backup at `path`. Throws BackupError when the ring or the
    /// passphrase does not fit.
    func cipher(_ keys: BackupKeys, _ path: String) throws -> AES256GCM {
        guard book == keys.ring.bookID.text else { throw BackupError.otherRing(path) }
        let cipher: AES256GCM
        let refusal: BackupError
        switch key.kind {
        case .ring:
            guard keys.passphrase == nil else { throw BackupError.passphraseUnused(path) }
            refusal = .otherRing(path)
            guard let id = key.id else { throw BackupError.damaged(path) }
            guard let found = keys.ring.backupCipher(id) else { throw refusal }
            cipher = found
        case .passphrase:
            guard let passphrase = keys.passphrase else {
                throw BackupError.passphraseNeeded(path)
            }
            refusal = .passphraseWrong(path)
            guard let logN = key.logN, let r = key.r, let p = key.p, let salt = key.salt,
                let derivation = PassphraseKey(logN: logN, r: r, p: p, salt: Array(salt))
            else { throw BackupError.damaged(path) }
            cipher = try derivation.cipher(passphrase)
        }
        let nonce = ChunkNonce(prefix: Array(noncePrefix)).ofKeyCheck
        let opened = try cipher.open(
            Array(keyCheck)[...], nonce: nonce[...], associatedData: BackupHeader.keyCheckText)
        guard opened != nil else { throw refusal }
        return cipher
    }

    private static let keyCheckText = Array("mainstay backup key".utf8)
}

extension BackupHeader {
    /// Reads the line after the magic one. Nil when it does not have this format.
    init?(parsing line: [UInt8]) {
        guard let header = try? JSONDecoder().decode(BackupHeader.self, from: Data(line)),
            header.chunkBytes == BackupFile.chunkBytes,
            header.noncePrefix.count == ChunkNonce.prefixLength,
            (try? ID<BookIdentity>(parsing: header.book)) != nil,
            Instant(rfc3339: header.createdAt) != nil
        else { return nil }
        self = header
    }
}
