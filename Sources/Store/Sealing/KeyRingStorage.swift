package import OpenSSL
package import Pledging

/// A ring's file and what opens it; verbs change the keys of a ring through it. Every function
/// throws KeyRingError when the file is missing or does not open, and FileError when it cannot be
/// read or written.
package struct KeyRingStorage: Sendable {
    private let file: KeyRingFile
    private let random: RandomSource
    private let passphrase: @Sendable () throws -> [UInt8]?

    /// `passphrase` returns the ring's present passphrase; it is called only if the ring has one.
    package init(
        _ file: KeyRingFile, random: RandomSource,
        passphrase: @escaping @Sendable () throws -> [UInt8]?
    ) {
        self.file = file
        self.random = random
        self.passphrase = passphrase
    }

    /// Returns the ring as its file is now. The ring reads the file again when the book names a key
    /// that it lacks.
    package func open() throws -> KeyRing {
        try file.open(passphrase: passphrase, random: random)
    }

    // MARK: Keys

    /// Returns the newest key of a purpose if it is newer than `current`: an interrupted rotation
    /// added it. Otherwise adds a new key with the ring's next number. Durable when it returns.
    /// Throws KeyRingError.full when no number is left.
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

    /// Removes a key from the ring, for good; does nothing when it is not there. Throws
    /// KeyRingError.incomplete when it is the last of its purpose.
    package func remove(_ id: UInt16) throws {
        try file.replace(passphrase: passphrase, random: random) { content in
            content.entries.removeAll { $0.id == id }
        }
    }

    // MARK: The passphrase

    /// Seals the keys under a passphrase, which replaces a former one.
    package func protect(under new: [UInt8]) throws {
        try file.replace(passphrase: passphrase, random: random) { $0.passphrase = new }
    }

    /// Removes the passphrase: the file then holds the keys in clear.
    package func unlock() throws {
        try file.replace(passphrase: passphrase, random: random) { $0.passphrase = nil }
    }
}
