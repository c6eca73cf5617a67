package import Pledging

/// What a backup holds, as recorded when it was made.
package struct BackupContent: Hashable, Sendable {
    package let createdAt: Instant
    /// The version of the schema.
    package let schema: Int
    /// The number of rows of each counted table that the schema has.
    package let rows: [CountedTable: Int]

    package init(createdAt: Instant, schema: Int, rows: [CountedTable: Int]) {
        self.createdAt = createdAt
        self.schema = schema
        self.rows = rows
    }
}

/// The facts about a complete backup.
package struct BackupFacts: Hashable, Sendable {
    package let book: ID<BookIdentity>
    package let content: BackupContent
    /// The length of the database in bytes.
    package let bytes: Int
    /// SHA-256 of the database in hexadecimal.
    package let sha256: String
}

/// The key that seals and opens backups of a book: a key of its ring, or a passphrase instead.
package struct BackupKeys: Sendable {
    package let ring: KeyRing
    package let passphrase: [UInt8]?

    package init(ring: KeyRing, passphrase: [UInt8]? = nil) {
        self.ring = ring
        self.passphrase = passphrase
    }
}

/// Why a backup does not open. The messages reveal nothing but the file's name.
package enum BackupError: Error, Equatable, CustomStringConvertible {
    case notABackup(String)
    /// The file was changed, cut short or lengthened.
    case damaged(String)
    case otherRing(String)
    case passphraseNeeded(String)
    case passphraseWrong(String)
    /// A passphrase was given to a backup that has none.
    case passphraseUnused(String)

    package var description: String {
        switch self {
        case .notABackup(let path): "\(path) is not a backup of this program"
        case .damaged(let path): "\(path) is damaged or incomplete; use another backup"
        case .otherRing(let path):
            "\(path) was made with another key ring than the one given; set MAINSTAY_KEYS "
                + "to the path of its ring"
        case .passphraseNeeded(let path):
            "\(path) was made with a passphrase; give a file that holds it with --passphrase-file"
        case .passphraseWrong(let path): "the passphrase does not open \(path)"
        case .passphraseUnused(let path):
            "\(path) was made with the key ring; leave out --passphrase-file"
        }
    }
}
