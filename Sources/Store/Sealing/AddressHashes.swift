package import Pledging

// How an address is found without being readable.
//
// A person in the book is found by the hash of their address, and what stands against that address
// (suppressions, the yearly cap) is filed under the same. When the person is forgotten it is filed
// anew, under a hash of that hash with a key of its own: the book then says no longer whose it was,
// and still knows the address when it comes back.

extension KeyRing {
    /// The hash of an address as normalised. `keyID` nil is the key that is used for what is new.
    package func emailHash(_ email: EmailAddress, keyID: UInt16? = nil) throws -> [UInt8] {
        try hash(.email, [Array(email.normalized.utf8)], keyID: keyID)
    }

    /// Whether a hash, under whatever key, is this address's.
    package func isHash(_ hash: [UInt8]?, of email: EmailAddress) throws -> Bool {
        guard let hash else { return false }
        return try emailHash(email, keyID: KeyRing.keyID(ofHash: hash)) == hash
    }

    /// Under every hash key, the one for what is new first.
    func emailHashes(_ email: EmailAddress) throws -> [[UInt8]] {
        try hashKeyIDs.map { try emailHash(email, keyID: $0) }
    }

    /// The key of what outlives the person whose address had this hash.
    func forgotten(_ emailHash: [UInt8]) throws -> [UInt8] {
        try hash(.forgotten, [emailHash], keyID: KeyRing.keyID(ofHash: emailHash))
    }

    /// Every key that an address's suppressions may stand under: a supporter's, and nobody's.
    func suppressionKeys(of email: EmailAddress) throws -> [[UInt8]] {
        try emailHashes(email).flatMap { [$0, try forgotten($0)] }
    }

    /// The hash of an address as a link's row keeps it: only who shows the link's token reads it.
    func blind(_ emailHash: [UInt8], with token: String) throws -> [UInt8] {
        [KeyRing.blindVersion] + (try masked(emailHash, token))
    }

    /// What `blind` hid. Rows of schema 10 and before hold the hash as it is.
    func unblind(_ stored: [UInt8], with token: String) throws -> [UInt8] {
        guard stored.count == KeyRing.hashLength + 1 else { return stored }
        guard stored[0] == KeyRing.blindVersion else { throw SealError.malformed }
        return try masked(Array(stored.dropFirst()), token)
    }

    private func masked(_ bytes: [UInt8], _ token: String) throws -> [UInt8] {
        let pad = try hash(.linkBlind, texts: [token], keyID: KeyRing.keyID(ofHash: bytes))
        // The key's id stays readable: it says which key makes the pad.
        return bytes.prefix(2) + zip(bytes, pad).dropFirst(2).map { $0 ^ $1 }
    }

    /// Which key a keyed hash was made with.
    static func keyID(ofHash hash: [UInt8]) throws(SealError) -> UInt16 {
        guard hash.count == hashLength else { throw .malformed }
        return UInt16(hash[0]) << 8 | UInt16(hash[1])
    }

    static let hashLength = 18
    private static let blindVersion: UInt8 = 1
}
