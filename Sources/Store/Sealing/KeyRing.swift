import Foundation
package import OpenSSL
package import Pledging

/// All keys of one book, with the contexts made from them. Nothing personal is read, written or
/// looked up without it.
///
/// The ring holds random 32-byte keys by purpose (`seal`, `hash`, `link`), each with an id. What is
/// used is derived from them by HKDF-SHA256, so that no two uses share a key.
package final class KeyRing: Sendable {
    package let bookID: ID<BookIdentity>
    package let entries: [KeyEntry]

    private let sealKeyID: UInt16
    private let sealers: [UInt16: [SealPurpose: AES256GCM]]
    private let hashKeyID: UInt16
    private let hashers: [UInt16: [HashPurpose: HMACSHA256]]
    private let linkers: [LinkPurpose: HMACSHA256]
    private let random: RandomSource

    package init(
        bookID: ID<BookIdentity>, entries: [KeyEntry], random: RandomSource
    ) throws {
        guard let seal = entries.last(where: { $0.purpose == .seal }),
            let hash = entries.last(where: { $0.purpose == .hash }),
            let link = entries.last(where: { $0.purpose == .link })
        else { throw KeyRingError.incomplete }
        self.bookID = bookID
        self.entries = entries
        self.random = random
        sealKeyID = seal.id
        hashKeyID = hash.id
        var sealers: [UInt16: [SealPurpose: AES256GCM]] = [:]
        var hashers: [UInt16: [HashPurpose: HMACSHA256]] = [:]
        for entry in entries {
            switch entry.purpose {
            case .seal:
                sealers[entry.id] = try KeyRing.contexts(entry) { try AES256GCM(key: $0) }
            case .hash:
                hashers[entry.id] = try KeyRing.contexts(entry) { try HMACSHA256(key: $0) }
            case .link: break
            }
        }
        self.sealers = sealers
        self.hashers = hashers
        linkers = try KeyRing.contexts(link) { try HMACSHA256(key: $0) }
    }

    private static func contexts<Use: CaseIterable & RawRepresentable & Hashable, Context>(
        _ entry: KeyEntry, _ make: (SecretBytes) throws -> Context
    ) throws -> [Use: Context] where Use.RawValue == String {
        var made: [Use: Context] = [:]
        for use in Use.allCases {
            let info = Array("mainstay/\(entry.purpose.rawValue)/\(use.rawValue)".utf8)
            made[use] = try make(
                hkdfSHA256(secret: entry.secret, salt: [], info: info, count: KeyEntry.length))
        }
        return made
    }

    // MARK: Sealing

    /// Version, key id, nonce, ciphertext and tag; bound to the purpose and the row.
    func seal(_ fields: SealedFields, _ purpose: SealPurpose, row: String) throws -> [UInt8] {
        guard let sealer = sealers[sealKeyID]?[purpose] else { throw SealError.unknownKey(0) }
        let nonce = try random.bytes(AES256GCM.nonceLength)
        var blob: [UInt8] = [KeyRing.blobVersion, UInt8(sealKeyID >> 8), UInt8(sealKeyID & 0xFF)]
        blob.reserveCapacity(KeyRing.blobHead + fields.bytes.count + AES256GCM.tagLength)
        blob += nonce
        blob += try sealer.seal(
            fields.bytes, nonce: nonce, associatedData: KeyRing.associatedData(purpose, row))
        return blob
    }

    func open(
        _ blob: [UInt8], _ purpose: SealPurpose, row: String, fields: Int
    ) throws -> [String?] {
        guard blob.count >= KeyRing.blobHead + AES256GCM.tagLength,
            blob[0] == KeyRing.blobVersion
        else { throw SealError.malformed }
        let keyID = UInt16(blob[1]) << 8 | UInt16(blob[2])
        guard let sealer = sealers[keyID]?[purpose] else { throw SealError.unknownKey(keyID) }
        let plain = try sealer.open(
            blob[KeyRing.blobHead...], nonce: blob[3..<KeyRing.blobHead],
            associatedData: KeyRing.associatedData(purpose, row))
        guard let plain else { throw SealError.notAuthentic }
        return try SealedFields.decode(plain, count: fields)
    }

    private static let blobVersion: UInt8 = 1
    private static let blobHead = 3 + AES256GCM.nonceLength

    private static func associatedData(_ purpose: SealPurpose, _ row: String) -> [UInt8] {
        var data = Array(purpose.rawValue.utf8)
        data.append(0)
        data.append(contentsOf: row.utf8)
        return data
    }

    // MARK: Hashing

    /// A keyed hash for look-ups: the key's id, then the first 128 bits of the HMAC.
    func hash(_ purpose: HashPurpose, _ parts: [[UInt8]]) throws -> [UInt8] {
        guard let hasher = hashers[hashKeyID]?[purpose] else { throw SealError.unknownKey(0) }
        let tag = try hasher.authenticate(parts)
        return [UInt8(hashKeyID >> 8), UInt8(hashKeyID & 0xFF)] + tag.prefix(16)
    }

    package func emailHash(_ email: EmailAddress) throws -> [UInt8] {
        try hash(.email, [Array(email.normalized.utf8)])
    }

    /// A number that looks random and is the same each time: what spreads the attempts of
    /// deliveries over time.
    package func number(for delivery: ID<Delivery>, _ attempt: Int) throws -> UInt64 {
        try hash(.delivery, texts: [delivery.text, String(attempt)]).suffix(8)
            .reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The hash of a list of texts; each is preceded by its length, so that no two lists collide.
    package func hash(_ purpose: HashPurpose, texts: [String]) throws -> [UInt8] {
        try hash(
            purpose,
            texts.map { text in
                let bytes = Array(text.utf8)
                return withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
            })
    }

    // MARK: What leaves in a mail

    /// The secret in a mail's links: an HMAC over the mail's id, the same each time.
    package func linkToken(_ mail: ID<QueuedMail>) throws -> String {
        try leaving(.token, mail, bytes: 24)
    }

    /// The part of a Message-ID before the `@`.
    package func messageID(_ mail: ID<QueuedMail>) throws -> String {
        try leaving(.messageID, mail, bytes: 18)
    }

    private func leaving(
        _ purpose: LinkPurpose, _ mail: ID<QueuedMail>, bytes: Int
    ) throws -> String {
        guard let linker = linkers[purpose] else { throw SealError.unknownKey(0) }
        let tag = try linker.authenticate(Array(mail.text.utf8))
        return Data(tag.prefix(bytes)).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
    }
}

/// One key of the ring.
package struct KeyEntry: Sendable {
    package enum Purpose: String, CaseIterable, Sendable { case seal, hash, link }

    package static let length = 32

    package let id: UInt16
    package let purpose: Purpose
    package let createdAt: Instant
    package let secret: SecretBytes

    package init(id: UInt16, purpose: Purpose, createdAt: Instant, secret: SecretBytes) {
        self.id = id
        self.purpose = purpose
        self.createdAt = createdAt
        self.secret = secret
    }
}

/// What is sealed: each purpose has its own key and is bound into the ciphertext.
package enum SealPurpose: String, CaseIterable, Sendable {
    case keyCheck, supporter, paymentMethod, pledge, actor, mail, answer, webhookEndpoint
}

/// What is looked up by keyed hash.
package enum HashPurpose: String, CaseIterable, Sendable {
    case email, importedRow, idempotencyKey, request, token, delivery
}

private enum LinkPurpose: String, CaseIterable { case token, messageID }
