import Glibc
import Pledging
import SQLiteDriver
import Store
import Workflows

/// The ring as a file: its passphrase, a copy of it abroad, and the way back. Only an import looks
/// at the book, if there is one.
extension BookLocation {
    /// What verbs change the keys of the ring through.
    var storage: KeyRingStorage {
        KeyRingStorage(ring, random: random, passphrase: { try passphrase() })
    }

    /// Seals the ring's keys under the passphrase in `file`, or in the file of the setting.
    func protectRing(_ file: String?) throws {
        if file == nil, try ring.isProtected() {
            throw Problem(
                .conflict,
                "the key ring \(ringPath) is under a passphrase already; --passphrase-file names "
                    + "another one")
        }
        guard let new = try given(file) ?? passphrase() else {
            throw Problem(
                .invalid, option: "--passphrase-file",
                "name a file that holds the passphrase, here or by MAINSTAY_KEYS_PASSPHRASE_FILE")
        }
        try storage.protect(under: new)
    }

    /// Takes the passphrase off, which `file` holds, or the file of the setting.
    func unlockRing(_ file: String?) throws {
        guard try ring.isProtected() else {
            throw Problem(.conflict, "the key ring \(ringPath) has no passphrase")
        }
        let present = try given(file)
        try KeyRingStorage(
            ring, random: random, passphrase: { try present ?? passphrase() }
        ).unlock()
    }

    /// Writes a copy of the ring, under the passphrase in a file, into a new file.
    func exportRing(to file: String, passphraseFile: String) throws -> RingFacts {
        guard !file.isEmpty else {
            throw Problem(.invalid, option: "file", "is empty; give a path")
        }
        guard !isTaken(file) else {
            throw Problem(.cannotCreate, "a file stands at \(file); it is never overwritten")
        }
        let passphrase = try BookLocation.readPassphrase(
            passphraseFile, namedBy: "--passphrase-file")
        let keys = try storage.open()
        do {
            try KeyRingFile(path: file).create(keys, passphrase: passphrase, random: random)
        } catch let error as FileError {
            throw BookLocation.cannotCreate(file, error)
        }
        return RingFacts(keys)
    }

    /// Puts the ring of an export at the ring's path, where nothing may stand; it must be the ring
    /// of the book, if that is there. It stays under a passphrase: that of the setting, else the
    /// one that it came with.
    func importRing(from file: String, passphraseFile: String) async throws -> RingFacts {
        // Where the keys were destroyed, a marker stands in the ring's place.
        let isDestroyed = isTaken(ringPath) ? try ring.marker() != nil : false
        guard isDestroyed || !isTaken(ringPath) else { throw KeyRingError.exists(ringPath) }
        let given = try BookLocation.readPassphrase(passphraseFile, namedBy: "--passphrase-file")
        let keys = try KeyRingFile(path: file).open(passphrase: { given }, random: random)
        if let tag = try SQLiteFile.bookTag(of: path) {
            guard tag == BookLocation.tag(keys.bookID) else {
                throw KeyRingError.wrongBook(path: file, database: path)
            }
            try await openingCopy(at: path, keys) { try await MigrateBook.checkRing(of: $0) }
        }
        let kept = try passphrase() ?? given
        if isDestroyed { unlink(ringPath) }
        do {
            try ring.create(keys, passphrase: kept, random: random)
        } catch let error as FileError {
            throw BookLocation.cannotCreate(ringPath, error)
        }
        return RingFacts(keys)
    }

    private func given(_ file: String?) throws -> [UInt8]? {
        try file.map { try BookLocation.readPassphrase($0, namedBy: "--passphrase-file") }
    }
}

/// What a ring that was written says of itself.
struct RingFacts {
    /// The id of its book.
    let book: String
    /// How many keys it has.
    let count: Int

    fileprivate init(_ ring: KeyRing) {
        book = ring.bookID.text
        count = ring.entries.count
    }
}
