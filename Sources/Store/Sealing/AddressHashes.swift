package import Pledging

// Finds an address without storing it in readable form.
//
// A person in the book is found by the hash of their address. What applies to that address
// (suppressions, the yearly limit) is filed under the same hash. When the person is forgotten, it
// is refiled under a hash of that hash, made with a key of its own: the book then no longer shows
// whose it was, and still recognizes the address when it comes back.

extension KeyRing {
    /// Returns the keyed hash of the normalised address; `keyID` nil means the key for new values.
    /// Throws SealError.unknownKey when the ring does not hold the key.
    package func emailHash(_ email: EmailAddress, keyID: UInt16? = nil) throws -> [UInt8] {
        try hash(.email, [Array(email.normalized.utf8)], keyID: keyID)
    }

    /// Returns whether a hash, made with any key of the ring, is this address's. Throws SealError
    /// when it is malformed or its key is unknown.
    package func isHash(_ hash: [UInt8]?, of email: EmailAddress) throws -> Bool {
        guard let hash else { return false }
        return try emailHash(email, keyID: KeyRing.keyID(ofHash: hash)) == hash
    }

    /// The hashes under every hash key, the key for new values first.
    func emailHashes(_ email: EmailAddress) throws -> [[UInt8]] {
        try hashKeyIDs.map { try emailHash(email, keyID: $0) }
    }

    /// The hash under which entries are filed once the person whose address had this hash is
    /// forgotten.
    func forgotten(_ emailHash: [UInt8]) throws -> [UInt8] {
        try hash(.forgotten, [emailHash], keyID: KeyRing.keyID(ofHash: emailHash))
    }

    /// Every hash under which an address's suppressions may be filed: those of a supporter and
    /// those of a forgotten person.
    func suppressionKeys(of email: EmailAddress) throws -> [[UInt8]] {
        try emailHashes(email).flatMap { [$0, try forgotten($0)] }
    }

    /// Masks an address's hash for a link's row: it can be read only with the link's token.
    func blind(_ emailHash: [UInt8], with token: String) throws -> [UInt8] {
        [KeyRing.blindVersion] + (try masked(emailHash, token))
    }

    /// Undoes `blind`. Rows of schema 10 and before hold the hash unmasked. Throws
    /// SealError.malformed when the version is unknown.
    func unblind(_ stored: [UInt8], with token: String) throws -> [UInt8] {
        guard stored.count == KeyRing.hashLength + 1 else { return stored }
        guard stored[0] == KeyRing.blindVersion else { throw SealError.malformed }
        return try masked(Array(stored.dropFirst()), token)
    }

    private func masked(_ bytes: [UInt8], _ token: String) throws -> [UInt8] {
        let pad = try hash(.linkBlind, texts: [token], keyID: KeyRing.keyID(ofHash: bytes))
        // The key's id stays unmasked: it says which key makes the pad.
        return bytes.prefix(2) + zip(bytes, pad).dropFirst(2).map { $0 ^ $1 }
    }

    /// Returns the id of the key that a hash was made with. Throws SealError.malformed when the
    /// length is wrong.
    static func keyID(ofHash hash: [UInt8]) throws(SealError) -> UInt16 {
        guard hash.count == hashLength else { throw .malformed }
        return UInt16(hash[0]) << 8 | UInt16(hash[1])
    }

    static let hashLength = 18
    private static let blindVersion: UInt8 = 1
}
