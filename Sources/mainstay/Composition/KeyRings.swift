import Glibc
import Pledging
import SQLiteDriver
import Store
import Workflows

/// The ring's file: sets and removes its passphrase, exports and imports it. Only an import reads
/// the book, if there is one.
extension BookLocation {
    /// The storage through which verbs change the ring's keys.
    var storage: KeyRingStorage {
        KeyRingStorage(ring, random: random, passphrase: { try passphrase() })
    }

    /// Seals the ring's keys under the passphrase in `file`, or in the file that the setting names.
    func protectRing(_ file: String?) throws {
        if file == nil, try ring.isProtected() {
            throw Problem(
                .conflict,
                "the key ring \(ringPath) has a passphrase already; to change it, give "
                    + "--passphrase-file")
        }
        guard let new = try given(file) ?? passphrase() else {
            throw Problem(
                .invalid, option: "--passphrase-file",
                "give a file with the passphrase, here or in MAINSTAY_KEYS_PASSPHRASE_FILE")
        }
        try storage.protect(under: new)
    }

    /// Removes the ring's passphrase, which is in `file` or in the file that the setting names.
    func unlockRing(_ file: String?) throws {
        guard try ring.isProtected() else {
            throw Problem(.conflict, "the key ring \(ringPath) has no passphrase")
        }
        let present = try given(file)
        try KeyRingStorage(
            ring, random: random, passphrase: { try present ?? passphrase() }
        ).unlock()
    }

    /// Writes a copy of the ring into a new file, under the passphrase in `passphraseFile`.
    func exportRing(to file: String, passphraseFile: String) throws -> RingFacts {
        guard !file.isEmpty else {
            throw Problem(.invalid, option: "file", "is empty; give a path")
        }
        guard !isTaken(file) else {
            throw Problem(.cannotCreate, "\(file) exists already and is never overwritten")
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

    /// Puts an exported ring at the ring's path, where no ring may be. It must be the ring of the
    /// book, if the book exists. It stays under a passphrase: the setting's, or else the export's.
    func importRing(from file: String, passphraseFile: String) async throws -> RingFacts {
        // If the keys were destroyed, a marker is in the ring's place.
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
        // The marker is only set aside: if the ring cannot be written, it comes back.
        let marker = "\(ringPath).marker"
        if isDestroyed { rename(ringPath, marker) }
        do {
            try ring.create(keys, passphrase: kept, random: random)
        } catch {
            if isDestroyed { rename(marker, ringPath) }
            throw (error as? FileError).map { BookLocation.cannotCreate(ringPath, $0) } ?? error
        }
        if isDestroyed { unlink(marker) }
        return RingFacts(keys)
    }

    private func given(_ file: String?) throws -> [UInt8]? {
        try file.map { try BookLocation.readPassphrase($0, namedBy: "--passphrase-file") }
    }
}

/// What is shown of a ring that was written.
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
