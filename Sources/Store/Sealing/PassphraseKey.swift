import OpenSSL

/// Derives a key from a passphrase by scrypt (RFC 7914), with parameters that are stored beside
/// what the key seals.
struct PassphraseKey {
    let logN: Int
    let r: Int
    let p: Int
    let salt: [UInt8]

    /// Makes a new salt, and uses the present parameters.
    init(random: RandomSource) throws(CryptoError) {
        // A tenth of a second and 32 MiB: acceptable at a start, costly for someone who guesses.
        logN = 15
        r = 8
        p = 1
        salt = try random.bytes(16)
    }

    /// Parameters that were read from a file. Nil when they are out of bounds, so that a changed
    /// file cannot ask for more memory than the machine has.
    init?(logN: Int, r: Int, p: Int, salt: [UInt8]) {
        guard (10...20).contains(logN), (1...16).contains(r), (1...4).contains(p),
            128 * r << logN <= PassphraseKey.memoryMaximumBytes
        else { return nil }
        self.logN = logN
        self.r = r
        self.p = p
        self.salt = salt
    }

    /// Returns the cipher under the passphrase's key. Takes 128 r 2^logN bytes of memory meanwhile.
    func cipher(_ passphrase: [UInt8]) throws(CryptoError) -> AES256GCM {
        let key = try scrypt(
            passphrase: passphrase, salt: salt, logN: logN, r: r, p: p, count: KeyEntry.length)
        return try AES256GCM(key: key)
    }

    /// The limit of `scrypt` itself.
    private static let memoryMaximumBytes = 1 << 30
}
