import OpenSSL

/// Makes the nonces of one backup: its prefix, a counter of 4 bytes (big-endian), and a flag.
struct ChunkNonce {
    let prefix: [UInt8]

    /// In bytes: with the counter and the flag it gives the 12 bytes that AES-GCM needs.
    static let prefixLength = 7

    /// The nonce of a chunk; only the last chunk is flagged.
    func ofChunk(_ number: UInt32, isLast: Bool) -> [UInt8] { nonce(number, isLast ? 1 : 0) }

    /// The nonce of the key check; no chunk has its flag.
    var ofKeyCheck: [UInt8] { nonce(0, 2) }

    private func nonce(_ number: UInt32, _ flag: UInt8) -> [UInt8] {
        prefix + withUnsafeBytes(of: number.bigEndian) { Array($0) } + [flag]
    }
}

/// Seals a stream in chunks, by the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015,
/// "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance").
struct ChunkSealer {
    private let cipher: AES256GCM
    private let nonce: ChunkNonce
    private let associatedData: [UInt8]
    private var number: UInt32 = 0
    private var waiting: [UInt8] = []

    init(_ cipher: AES256GCM, _ nonce: ChunkNonce, associatedData: [UInt8]) {
        self.cipher = cipher
        self.nonce = nonce
        self.associatedData = associatedData
        waiting.reserveCapacity(BackupFile.chunkBytes)
    }

    /// Adds plain text; each chunk that it fills is sealed and passed to `write`.
    mutating func add(
        _ bytes: ArraySlice<UInt8>, _ write: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(BackupFile.chunkBytes - waiting.count)
            waiting += part
            rest = rest.dropFirst(part.count)
            if waiting.count == BackupFile.chunkBytes { try seal(isLast: false, write) }
        }
    }

    /// Writes the last chunk, with what is left, if anything. It is shorter than all others.
    mutating func finish(_ write: (ArraySlice<UInt8>) throws -> Void) throws {
        try seal(isLast: true, write)
    }

    private mutating func seal(
        isLast: Bool, _ write: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        let sealed = try cipher.seal(
            waiting, nonce: nonce.ofChunk(number, isLast: isLast), associatedData: associatedData)
        try write(sealed[...])
        number += 1
        waiting.removeAll(keepingCapacity: true)
    }
}

/// Opens what `ChunkSealer` sealed, chunk by chunk.
struct ChunkOpener {
    private let cipher: AES256GCM
    private let nonce: ChunkNonce
    private let associatedData: [UInt8]
    private var number: UInt32 = 0
    /// Whether the last chunk was opened, so that the plain text is complete.
    private(set) var isFinished = false

    /// The length of a chunk in the file; only the last one is shorter.
    static let sealedBytes = BackupFile.chunkBytes + AES256GCM.tagLength

    init(_ cipher: AES256GCM, _ nonce: ChunkNonce, associatedData: [UInt8]) {
        self.cipher = cipher
        self.nonce = nonce
        self.associatedData = associatedData
    }

    /// Returns the plain text of the next chunk; nil when it is not the one that was sealed at this
    /// place.
    mutating func open(_ sealed: [UInt8]) throws -> [UInt8]? {
        guard !isFinished else { return nil }
        let isLast = sealed.count < ChunkOpener.sealedBytes
        let plain = try cipher.open(
            sealed[...], nonce: nonce.ofChunk(number, isLast: isLast)[...],
            associatedData: associatedData)
        guard let plain else { return nil }
        number += 1
        isFinished = isLast
        return plain
    }
}
