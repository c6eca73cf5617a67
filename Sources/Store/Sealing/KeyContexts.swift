import OpenSSL

/// One key for each use, derived from the ring's keys by HKDF-SHA256, so that no two uses share
/// one. Never changed: a ring that gains or loses a key makes new contexts.
final class KeyContexts: Sendable {
    let entries: [KeyEntry]
    private let sealers: [UInt16: Uses<SealPurpose, AES256GCM>]
    private let hashers: [UInt16: Uses<HashPurpose, HMACSHA256>]
    private let linkers: Uses<LinkPurpose, HMACSHA256>?

    /// Throws KeyRingError.incomplete when a purpose has no key.
    init(_ entries: [KeyEntry]) throws {
        guard
            KeyEntry.Purpose.allCases.allSatisfy({ need in entries.contains { $0.purpose == need } }
            ),
            let link = entries.last(where: { $0.purpose == .link })
        else { throw KeyRingError.incomplete }
        self.entries = entries
        var sealers: [UInt16: Uses<SealPurpose, AES256GCM>] = [:]
        var hashers: [UInt16: Uses<HashPurpose, HMACSHA256>] = [:]
        for entry in entries {
            switch entry.purpose {
            case .seal: sealers[entry.id] = try Uses(entry) { try AES256GCM(key: $0) }
            case .hash: hashers[entry.id] = try Uses(entry) { try HMACSHA256(key: $0) }
            case .link: break
            }
        }
        self.sealers = sealers
        self.hashers = hashers
        linkers = try Uses(link) { try HMACSHA256(key: $0) }
    }

    /// Without any key: nothing can be opened or hashed.
    private init() {
        entries = []
        sealers = [:]
        hashers = [:]
        linkers = nil
    }

    static let none = KeyContexts()

    /// The ids of the keys of one purpose, oldest first.
    func keyIDs(_ purpose: KeyEntry.Purpose) -> [UInt16] {
        entries.filter { $0.purpose == purpose }.map(\.id)
    }

    func sealer(_ id: UInt16, _ purpose: SealPurpose) throws(SealError) -> AES256GCM {
        guard let sealer = sealers[id]?[purpose] else { throw .unknownKey(id) }
        return sealer
    }

    func hasher(_ id: UInt16, _ purpose: HashPurpose) throws(SealError) -> HMACSHA256 {
        guard let hasher = hashers[id]?[purpose] else { throw .unknownKey(id) }
        return hasher
    }

    func linker(_ purpose: LinkPurpose) throws(SealError) -> HMACSHA256 {
        guard let linker = linkers?[purpose] else { throw .unknownKey(0) }
        return linker
    }
}

/// The contexts derived from one key of the ring, one for each use.
private struct Uses<Use: CaseIterable & Equatable & RawRepresentable<String>, Context> {
    private let uses = Array(Use.allCases)
    private let contexts: [Context]

    init(_ entry: KeyEntry, _ make: (SecretBytes) throws -> Context) throws {
        contexts = try uses.map { use in
            let info = Array("mainstay/\(entry.purpose.rawValue)/\(use.rawValue)".utf8)
            return try make(
                hkdfSHA256(secret: entry.secret, salt: [], info: info, count: KeyEntry.length))
        }
    }

    subscript(use: Use) -> Context? { uses.firstIndex(of: use).map { contexts[$0] } }
}

extension Uses: Sendable where Use: Sendable, Context: Sendable {}

/// What is sealed. Each purpose has its own key and is bound into the ciphertext.
package enum SealPurpose: String, CaseIterable, Sendable {
    case keyCheck, supporter, paymentMethod, pledge, actor, mail, answer, webhookEndpoint, backup
    case charge, processorEvent, processorRemoval, apiToken
}

/// What is looked up by a keyed hash, or derived from one.
package enum HashPurpose: String, CaseIterable, Sendable {
    case email, importedRow, idempotencyKey, request, token, delivery
    /// Suppressions of an address that nobody in the book has any more.
    case forgotten
    /// Masks an address's hash in a link's row; the link's token unmasks it.
    case linkBlind
    /// Proves which entries of the audit trail were redacted.
    case redaction
}

enum LinkPurpose: String, CaseIterable { case token, messageID }
