package import OpenSSL
package import Pledging

/// A ring's file with what opens it: how verbs change the keys of a ring. Every function throws
/// KeyRingError where the file is not there or does not open, and FileError where it cannot be
/// read or written.
package struct KeyRingStorage: Sendable {
    private let file: KeyRingFile
    private let random: RandomSource
    private let passphrase: @Sendable () throws -> [UInt8]?

    /// `passphrase` answers the ring's present one, and is asked only if the ring has one.
    package init(
        _ file: KeyRingFile, random: RandomSource,
        passphrase: @escaping @Sendable () throws -> [UInt8]?
    ) {
        self.file = file
        self.random = random
        self.passphrase = passphrase
    }

    /// The ring as its file is now; it reads the file again when the book names a key it lacks.
    package func open() throws -> KeyRing {
        try file.open(passphrase: passphrase, random: random)
    }

    // MARK: Keys

    /// The newest key of a purpose if it is newer than `current`: one that a rotation added, and
    /// was then cut off. Else a new key, with the next number of the ring. Durable when it returns.
    package func key(
        _ purpose: KeyEntry.Purpose, newerThan current: UInt16, at now: Instant
    ) throws -> (id: UInt16, isNew: Bool) {
        try file.replace(passphrase: passphrase, random: random) { content in
            let newest = content.entries.filter { $0.purpose == purpose }.map(\.id).max() ?? 0
            if newest > current { return (newest, false) }
            // A number that the book uses is never given again, even if the ring lost it.
            let last = max(content.entries.map(\.id).max() ?? 0, current)
            guard last < UInt16.max else { throw KeyRingError.full(file.path) }
            content.entries.append(try KeyRingFile.makeKey(last + 1, purpose, at: now))
            return (last + 1, true)
        }
    }

    /// Takes a key out of the ring, for good; one that is not there is none the less gone. Throws
    /// KeyRingError.incomplete when it is the last of its purpose.
    package func remove(_ id: UInt16) throws {
        try file.replace(passphrase: passphrase, random: random) { content in
            content.entries.removeAll { $0.id == id }
        }
    }

    // MARK: The passphrase

    /// Seals the keys under a passphrase, or under another one than before.
    package func protect(under new: [UInt8]) throws {
        try file.replace(passphrase: passphrase, random: random) { $0.passphrase = new }
    }

    /// Takes the passphrase off.
    package func unlock() throws {
        try file.replace(passphrase: passphrase, random: random) { $0.passphrase = nil }
    }
}
