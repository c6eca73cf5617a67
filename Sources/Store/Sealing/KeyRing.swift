import Foundation
package import OpenSSL
package import Pledging
import Synchronization

/// All keys of one book, with the contexts made from them. Personal data cannot be read, written or
/// looked up without it.
///
/// The ring holds random 32-byte keys by purpose (`seal`, `hash`, `link`), each with an id. A
/// purpose may have several keys: the book names the one for new values, and the others open what
/// is stored. When a key is missing, the ring reads its file again, once.
package final class KeyRing: Sendable {
    package let bookID: ID<BookIdentity>
    private let random: RandomSource
    private let reload: @Sendable () throws -> [KeyEntry]
    private let state: Mutex<State>

    private struct State {
        var contexts: KeyContexts { didSet { orderHashKeys() } }
        var sealKeyID: UInt16
        var hashKeyID: UInt16 { didSet { orderHashKeys() } }
        /// The key for new values, then the others, newest first.
        private(set) var hashKeyIDs: [UInt16] = []
        var isWiped = false

        init(contexts: KeyContexts, sealKeyID: UInt16, hashKeyID: UInt16) {
            self.contexts = contexts
            self.sealKeyID = sealKeyID
            self.hashKeyID = hashKeyID
            orderHashKeys()
        }

        private mutating func orderHashKeys() {
            let others = contexts.keyIDs(.hash).reversed().filter { $0 != hashKeyID }
            hashKeyIDs = [hashKeyID] + others
        }
    }

    /// `reload` reads the keys again when the book names one that is missing here. Until `use` is
    /// called, the oldest keys are used. Throws KeyRingError.incomplete when a purpose has no key.
    package init(
        bookID: ID<BookIdentity>, entries: [KeyEntry], random: RandomSource,
        reload: @escaping @Sendable () throws -> [KeyEntry] = { [] }
    ) throws {
        let contexts = try KeyContexts(entries)
        self.bookID = bookID
        self.random = random
        self.reload = reload
        state = Mutex(
            State(
                contexts: contexts, sealKeyID: contexts.keyIDs(.seal).first ?? 0,
                hashKeyID: contexts.keyIDs(.hash).first ?? 0))
    }

    /// Returns the ring of a book whose keys were destroyed. It cannot open, hash or seal anything;
    /// what needs no key can still be read.
    package static func destroyed(bookID: ID<BookIdentity>) -> KeyRing {
        KeyRing(withoutKeys: bookID)
    }

    private init(withoutKeys bookID: ID<BookIdentity>) {
        self.bookID = bookID
        random = RandomSource()
        reload = { [] }
        state = Mutex(State(contexts: .none, sealKeyID: 0, hashKeyID: 0))
    }

    package var entries: [KeyEntry] { state.withLock { $0.contexts.entries } }
    package var sealKeyID: UInt16 { state.withLock { $0.sealKeyID } }
    package var hashKeyID: UInt16 { state.withLock { $0.hashKeyID } }

    /// Seals and hashes new values under these keys from now on. Throws KeyRingError.lacksKey when
    /// the ring's file does not hold them either.
    package func use(sealKeyID: UInt16, hashKeyID: UInt16) throws {
        let known = state.withLock { $0.sealKeyID == sealKeyID && $0.hashKeyID == hashKeyID }
        if known { return }
        try know(sealKeyID: sealKeyID, hashKeyID: hashKeyID)
        state.withLock {
            $0.sealKeyID = sealKeyID
            $0.hashKeyID = hashKeyID
        }
    }

    /// Reads the ring's file again if one of these keys is missing here. The keys for new values
    /// stay the same. Throws KeyRingError.lacksKey when the file does not hold them either.
    func know(sealKeyID: UInt16, hashKeyID: UInt16) throws {
        for (purpose, id) in [(KeyEntry.Purpose.seal, sealKeyID), (.hash, hashKeyID)] {
            if state.withLock({ $0.contexts.keyIDs(purpose).contains(id) }) { continue }
            try readAgain()
            guard state.withLock({ $0.contexts.keyIDs(purpose).contains(id) }) else {
                throw KeyRingError.lacksKey(id)
            }
        }
    }

    /// Forgets every key: nothing can be opened afterwards. The memory of the keys is wiped after
    /// its last use.
    package func wipe() {
        state.withLock {
            $0.contexts = .none
            $0.isWiped = true
        }
    }

    private func readAgain() throws {
        // After `wipe` no key may come back from the file.
        if state.withLock({ $0.isWiped }) { return }
        let entries = try reload()
        guard !entries.isEmpty else { return }
        let contexts = try KeyContexts(entries)
        state.withLock { if !$0.isWiped { $0.contexts = contexts } }
    }

    // MARK: Sealing

    /// Returns version, key id, nonce, ciphertext and tag, bound to the purpose and the row. Throws
    /// SealError.unknownKey when the ring does not hold the key for new values.
    func seal(_ fields: SealedFields, _ purpose: SealPurpose, row: String) throws -> [UInt8] {
        try seal(fields.bytes, purpose, row: row)
    }

    func seal(_ plain: [UInt8], _ purpose: SealPurpose, row: String) throws -> [UInt8] {
        let (contexts, keyID) = state.withLock { ($0.contexts, $0.sealKeyID) }
        let sealer = try contexts.sealer(keyID, purpose)
        let nonce = try random.bytes(AES256GCM.nonceLength)
        var blob: [UInt8] = [KeyRing.blobVersion, UInt8(keyID >> 8), UInt8(keyID & 0xFF)]
        blob.reserveCapacity(KeyRing.blobHead + plain.count + AES256GCM.tagLength)
        blob += nonce
        blob += try sealer.seal(
            plain, nonce: nonce, associatedData: KeyRing.associatedData(purpose, row))
        return blob
    }

    func open(
        _ blob: [UInt8], _ purpose: SealPurpose, row: String, fields: Int
    ) throws -> [String?] {
        let plain = try openBytes(blob, purpose, row: row)
        return try SealedFields.decode(plain, count: fields)
    }

    /// Returns the same content sealed under the key for new values; nil when it already is. Throws
    /// SealError when it does not open.
    func resealed(_ blob: [UInt8], _ purpose: SealPurpose, row: String) throws -> [UInt8]? {
        guard try KeyRing.keyID(of: blob) != sealKeyID else { return nil }
        let plain = try openBytes(blob, purpose, row: row)
        return try seal(plain, purpose, row: row)
    }

    func openBytes(
        _ blob: [UInt8], _ purpose: SealPurpose, row: String
    ) throws -> [UInt8] {
        let keyID = try KeyRing.keyID(of: blob)
        let sealer: AES256GCM
        do {
            sealer = try state.withLock { $0.contexts }.sealer(keyID, purpose)
        } catch SealError.unknownKey {
            // A rotation may have added the key since the ring was read.
            try readAgain()
            sealer = try state.withLock { $0.contexts }.sealer(keyID, purpose)
        }
        let plain = try sealer.open(
            blob[KeyRing.blobHead...], nonce: blob[3..<KeyRing.blobHead],
            associatedData: KeyRing.associatedData(purpose, row))
        guard let plain else { throw SealError.notAuthentic }
        return plain
    }

    /// Returns the id of the key that a blob is sealed under. Throws SealError.malformed when it is
    /// not a sealed blob.
    static func keyID(of blob: [UInt8]) throws(SealError) -> UInt16 {
        guard blob.count >= blobHead + AES256GCM.tagLength, blob[0] == blobVersion else {
            throw .malformed
        }
        return UInt16(blob[1]) << 8 | UInt16(blob[2])
    }

    /// The id of a key as blobs and hashes contain it: 2 bytes, big-endian.
    static func bytes(ofKeyID id: UInt16) -> [UInt8] { [UInt8(id >> 8), UInt8(id & 0xFF)] }

    private static let blobVersion: UInt8 = 1
    private static let blobHead = 3 + AES256GCM.nonceLength

    private static func associatedData(_ purpose: SealPurpose, _ row: String) -> [UInt8] {
        var data = Array(purpose.rawValue.utf8)
        data.append(0)
        data.append(contentsOf: row.utf8)
        return data
    }

    /// Returns the cipher for chunks of backups under a seal key of this ring; nil when the ring
    /// does not hold that key. The caller must never use a nonce twice.
    func backupCipher(_ keyID: UInt16) -> AES256GCM? {
        try? state.withLock { $0.contexts }.sealer(keyID, .backup)
    }

    /// Returns `count` new random bytes, the salt of a digest: without it the content cannot be
    /// guessed from the digest.
    package func salt(_ count: Int) throws -> [UInt8] { try random.bytes(count) }

    // MARK: Hashing

    /// Returns a keyed hash for look-ups: the key's id, then the first 128 bits of the HMAC.
    /// `keyID` nil means the key for new values. Throws SealError.unknownKey when the ring does not
    /// hold the key.
    func hash(
        _ purpose: HashPurpose, _ parts: [[UInt8]], keyID: UInt16? = nil
    ) throws -> [UInt8] {
        let (contexts, current) = state.withLock { ($0.contexts, $0.hashKeyID) }
        let keyID = keyID ?? current
        var hash = KeyRing.bytes(ofKeyID: keyID)
        hash += try contexts.hasher(keyID, purpose).authenticate(parts).prefix(16)
        return hash
    }

    /// Returns the hash of a list of texts; each is preceded by its length, so that no two lists
    /// collide.
    package func hash(
        _ purpose: HashPurpose, texts: [String], keyID: UInt16? = nil
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 4 })
        for text in texts {
            let length = UInt32(text.utf8.count)
            withUnsafeBytes(of: length.bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: text.utf8)
        }
        return try hash(purpose, [bytes], keyID: keyID)
    }

    /// Returns the hashes under every hash key, the key for new values first: a look-up by all of
    /// them finds what was stored before a rotation.
    package func hashes(_ purpose: HashPurpose, texts: [String]) throws -> [[UInt8]] {
        try hashKeyIDs.map { try hash(purpose, texts: texts, keyID: $0) }
    }

    func hashes(_ purpose: HashPurpose, _ parts: [[UInt8]]) throws -> [[UInt8]] {
        try hashKeyIDs.map { try hash(purpose, parts, keyID: $0) }
    }

    /// The key for new values, then the others, newest first.
    package var hashKeyIDs: [UInt16] { state.withLock { $0.hashKeyIDs } }

    /// Returns a number that looks random and is the same each time. It spreads the attempts of
    /// deliveries over time.
    package func number(for delivery: ID<Delivery>, _ attempt: Int) throws -> UInt64 {
        try hash(.delivery, texts: [delivery.text, String(attempt)]).suffix(8)
            .reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: What leaves in a mail

    /// Returns the secret in a mail's links: an HMAC over the mail's id, the same each time.
    package func linkToken(_ mail: ID<QueuedMail>) throws -> String {
        try leaving(.token, mail, bytes: 24)
    }

    /// Returns the part of a Message-ID before the `@`.
    package func messageID(_ mail: ID<QueuedMail>) throws -> String {
        try leaving(.messageID, mail, bytes: 18)
    }

    private func leaving(
        _ purpose: LinkPurpose, _ mail: ID<QueuedMail>, bytes: Int
    ) throws -> String {
        let linker = try state.withLock { $0.contexts }.linker(purpose)
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
