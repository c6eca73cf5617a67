import Foundation
package import OpenSSL
package import Pledging
import Synchronization

/// All keys of one book, with the contexts made from them. Nothing personal is read, written or
/// looked up without it.
///
/// The ring holds random 32-byte keys by purpose (`seal`, `hash`, `link`), each with an id. There
/// may be several of a purpose: the book says which one is used for what is new, the others open
/// what stands. A ring whose file gained a key meanwhile reads it again, once.
package final class KeyRing: Sendable {
    package let bookID: ID<BookIdentity>
    private let random: RandomSource
    private let reload: @Sendable () throws -> [KeyEntry]
    private let state: Mutex<State>

    private struct State {
        var contexts: KeyContexts { didSet { orderHashKeys() } }
        var sealKeyID: UInt16
        var hashKeyID: UInt16 { didSet { orderHashKeys() } }
        /// The one that is used for what is new, then the others, newest first.
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

    /// `reload` reads the keys again when the book names one that is not here. Until the book has
    /// said otherwise, the oldest keys are used.
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

    /// The ring of a book whose keys were destroyed: nothing is opened, hashed or written with it.
    /// What needs no key can still be read.
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

    /// What is new is sealed and hashed under these keys from now on. Throws KeyRingError.lacksKey
    /// when the ring's file does not hold them either.
    package func use(sealKeyID: UInt16, hashKeyID: UInt16) throws {
        let known = state.withLock { $0.sealKeyID == sealKeyID && $0.hashKeyID == hashKeyID }
        if known { return }
        try know(sealKeyID: sealKeyID, hashKeyID: hashKeyID)
        state.withLock {
            $0.sealKeyID = sealKeyID
            $0.hashKeyID = hashKeyID
        }
    }

    /// Reads the ring's file again if one of these keys is not here; what is new stays under the
    /// keys that it was under. Throws KeyRingError.lacksKey when the file does not hold them
    /// either.
    func know(sealKeyID: UInt16, hashKeyID: UInt16) throws {
        for (purpose, id) in [(KeyEntry.Purpose.seal, sealKeyID), (.hash, hashKeyID)] {
            if state.withLock({ $0.contexts.keyIDs(purpose).contains(id) }) { continue }
            try readAgain()
            guard state.withLock({ $0.contexts.keyIDs(purpose).contains(id) }) else {
                throw KeyRingError.lacksKey(id)
            }
        }
    }

    /// Forgets every key: from here on nothing opens. Their memory is wiped with the last use of
    /// it.
    package func wipe() {
        state.withLock {
            $0.contexts = .none
            $0.isWiped = true
        }
    }

    private func readAgain() throws {
        // What was wiped does not come back from the file.
        if state.withLock({ $0.isWiped }) { return }
        let entries = try reload()
        guard !entries.isEmpty else { return }
        let contexts = try KeyContexts(entries)
        state.withLock { if !$0.isWiped { $0.contexts = contexts } }
    }

    // MARK: Sealing

    /// Version, key id, nonce, ciphertext and tag; bound to the purpose and the row.
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

    /// The same content under the key that is used for what is new; nil when it is already.
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
            // A rotation may have begun since the ring was read.
            try readAgain()
            sealer = try state.withLock { $0.contexts }.sealer(keyID, purpose)
        }
        let plain = try sealer.open(
            blob[KeyRing.blobHead...], nonce: blob[3..<KeyRing.blobHead],
            associatedData: KeyRing.associatedData(purpose, row))
        guard let plain else { throw SealError.notAuthentic }
        return plain
    }

    /// Which key a blob is sealed under.
    static func keyID(of blob: [UInt8]) throws(SealError) -> UInt16 {
        guard blob.count >= blobHead + AES256GCM.tagLength, blob[0] == blobVersion else {
            throw .malformed
        }
        return UInt16(blob[1]) << 8 | UInt16(blob[2])
    }

    /// How the id of a key stands in blobs and hashes.
    static func bytes(ofKeyID id: UInt16) -> [UInt8] { [UInt8(id >> 8), UInt8(id & 0xFF)] }

    private static let blobVersion: UInt8 = 1
    private static let blobHead = 3 + AES256GCM.nonceLength

    private static func associatedData(_ purpose: SealPurpose, _ row: String) -> [UInt8] {
        var data = Array(purpose.rawValue.utf8)
        data.append(0)
        data.append(contentsOf: row.utf8)
        return data
    }

    /// What seals and opens the chunks of backups under a seal key of this ring; nil when the ring
    /// holds no key of that id. The caller sees to it that no nonce comes twice.
    func backupCipher(_ keyID: UInt16) -> AES256GCM? {
        try? state.withLock { $0.contexts }.sealer(keyID, .backup)
    }

    /// `count` new random bytes, which keep a digest from being guessed while they are kept.
    package func salt(_ count: Int) throws -> [UInt8] { try random.bytes(count) }

    // MARK: Hashing

    /// A keyed hash for look-ups: the key's id, then the first 128 bits of the HMAC. `keyID` nil is
    /// the key that is used for what is new.
    func hash(
        _ purpose: HashPurpose, _ parts: [[UInt8]], keyID: UInt16? = nil
    ) throws -> [UInt8] {
        let (contexts, current) = state.withLock { ($0.contexts, $0.hashKeyID) }
        let keyID = keyID ?? current
        var hash = KeyRing.bytes(ofKeyID: keyID)
        hash += try contexts.hasher(keyID, purpose).authenticate(parts).prefix(16)
        return hash
    }

    /// The hash of a list of texts; each is preceded by its length, so that no two lists collide.
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

    /// Under every hash key there is, the one for what is new first: how a look-up finds what was
    /// stored before a rotation.
    package func hashes(_ purpose: HashPurpose, texts: [String]) throws -> [[UInt8]] {
        try hashKeyIDs.map { try hash(purpose, texts: texts, keyID: $0) }
    }

    func hashes(_ purpose: HashPurpose, _ parts: [[UInt8]]) throws -> [[UInt8]] {
        try hashKeyIDs.map { try hash(purpose, parts, keyID: $0) }
    }

    /// The one that is used for what is new, then the others, newest first.
    package var hashKeyIDs: [UInt16] { state.withLock { $0.hashKeyIDs } }

    /// A number that looks random and is the same each time: what spreads the attempts of
    /// deliveries over time.
    package func number(for delivery: ID<Delivery>, _ attempt: Int) throws -> UInt64 {
        try hash(.delivery, texts: [delivery.text, String(attempt)]).suffix(8)
            .reduce(0) { $0 << 8 | UInt64($1) }
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
