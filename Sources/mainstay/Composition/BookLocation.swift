import Foundation
import Glibc
import Mail
import OpenSSL
import Payments
import Pledging
import SQLiteDriver
import Store
import Workflows

/// The paths of a book and its key ring, and how they are opened.
struct BookLocation {
    let path: String
    var ringPath: String { ring.path }
    let ring: KeyRingFile
    let random = RandomSource()
    private let passphraseFile: String?

    init(_ source: SettingsSource) throws {
        let text = source[.database] ?? "mainstay.db"
        if text.hasPrefix("postgres:") || text.hasPrefix("postgresql:") {
            throw Problem(
                .unavailable, field: SettingKey.database.field,
                "this program was built without PostgreSQL")
        }
        path = text.hasPrefix("sqlite:") ? String(text.dropFirst("sqlite:".count)) : text
        guard !path.isEmpty else {
            throw Problem(.invalid, field: SettingKey.database.field, "is empty; give a path")
        }
        ring = KeyRingFile(path: source[.keysFile] ?? path + ".keys")
        passphraseFile = source[.keysPassphraseFile]
    }

    var outboxFolder: String { path + ".outbox" }

    /// The files that belong to the book; no output may replace them.
    var ownFiles: [String] {
        (["", "-wal", "-shm", "-journal"] + ProcessorTable.rows.compactMap(\.fileSuffix))
            .map { path + $0 }
            + ["", ".runs", ".erased", ".live"].map { ring.path + $0 }
            + (passphraseFile.map { [$0] } ?? [])
    }

    var journal: RingJournal { RingJournal(ringPath: ring.path) }

    /// Destroys what makes the book readable; see DestroyKeys. Does not open the database.
    func destroyKeys(at now: Instant) -> DestroyKeys.Summary {
        DestroyKeys.run(
            DestroyKeys.Place(
                ring: ring, outbox: OutboxFolder(path: outboxFolder),
                leftovers: Leftovers(bookPath: path, ringPath: ring.path)), at: now
        ) { LiveProcesses.stop(ring.path) }
    }

    /// Whether the book and its key ring are in the same folder.
    var sharesFolder: Bool { folder(of: path) == folder(of: ring.path) }

    private func folder(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL.path
    }

    /// Opens the book. Checks header, ring and passphrase first, because SQLite may change files
    /// when it opens them.
    func open() throws -> OpenedBook {
        guard try SQLiteFile.bookTag(of: path) != nil else { throw SQLiteFileError.missing(path) }
        let bookID = try ring.bookID()
        do {
            try SQLiteFile.check(path, bookTag: BookLocation.tag(bookID))
        } catch SQLiteFileError.otherBook {
            throw KeyRingError.wrongBook(path: ring.path, database: path)
        }
        let keys = try openRing()
        let database = try SQLiteDatabase(opening: path)
        return OpenedBook(
            book: Book(driver: database, keys: keys, journal: journal), database: database)
    }

    /// Whether a marker says that the keys were destroyed.
    var isDestroyed: Bool { (try? ring.marker()) != nil }

    /// Checks whether `panic` would find this process, and so others like it.
    var liveCheck: RunDoctor.Check {
        let isFound = LiveProcesses.isFound(ring.path)
        return RunDoctor.Check(
            "panic", isFound,
            isFound
                ? "finds the commands that hold the keys"
                : "would not find commands that hold the keys",
            cure: "allow this user to create and read \(ring.path).live")
    }

    /// Opens the book without keys if a marker is in the ring's place; returns nil if a ring is.
    func openWithoutKeys() throws -> OpenedBook? {
        guard let marker = try? ring.marker() else { return nil }
        guard let tag = try SQLiteFile.bookTag(of: path) else {
            throw SQLiteFileError.missing(path)
        }
        let bookID: ID<BookIdentity>
        if let known = marker.bookID {
            guard tag == BookLocation.tag(known) else {
                throw KeyRingError.wrongBook(path: ring.path, database: path)
            }
            bookID = known
        } else {
            // The ring was damaged before it was destroyed; nothing is read by this id.
            bookID = try IDSource(random: random).next(at: marker.at)
        }
        let database = try SQLiteDatabase(opening: path)
        return OpenedBook(
            book: Book(driver: database, keys: .destroyed(bookID: bookID), journal: journal),
            database: database, hasKeys: false)
    }

    /// Opens the ring. From before it holds a key until it ends, `panic` finds this process.
    func openRing() throws -> KeyRing {
        // Nothing is made beside a ring that does not exist.
        if access(ring.path, F_OK) == 0 { LiveProcesses.enter(ring.path) }
        let keys = try ring.open(passphrase: { try passphrase() }, random: random)
        LiveProcesses.hold(keys)
        return keys
    }

    /// Creates the book and its ring: never over a file, and each completely or not at all.
    func create(_ newsroom: Newsroom, at now: Instant) async throws {
        try refuseIfTaken()
        guard access(ring.path, F_OK) != 0 else {
            throw Problem(
                .cannotCreate,
                "a key ring exists at \(ring.path) and is never overwritten (if it is left from an "
                    + "interrupted 'init' and has no database, remove it)")
        }
        LiveProcesses.leaveNoCoreDump()
        let ids = IDSource(random: random)
        let keys = try KeyRingFile.makeKeys(bookID: ids.next(at: now), at: now, random: random)
        let temporary = "\(path).\(getpid()).new"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(temporary + suffix) } }
        let mask = umask(0o077)
        defer { umask(mask) }
        var passphrase = try passphrase() ?? []
        let isProtected = !passphrase.isEmpty
        defer { wipe(&passphrase) }
        try creating(path) { try createFile(temporary, []) }
        let database = try SQLiteDatabase(
            creating: temporary, bookTag: BookLocation.tag(keys.bookID))
        try await CreateBook.run(
            newsroom, on: Book(driver: database, keys: keys, journal: journal), at: now)
        try database.close()
        try creating(ring.path) {
            try ring.create(
                keys, passphrase: isProtected ? passphrase : nil, random: random)
        }
        do {
            try moveIntoPlace(temporary, path)
        } catch {
            // Another 'init' was faster: its database does not belong to our ring.
            if error.code == EEXIST { unlink(ring.path) }
            throw error
        }
    }

    /// Makes errors of `body` name the file that was asked for, not a temporary one.
    private func creating(_ path: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as FileError {
            throw BookLocation.cannotCreate(path, error)
        }
    }

    static func cannotCreate(_ path: String, _ error: FileError) -> any Error {
        if error.code == ENOSPC || error.code == EIO { return error }
        return Problem(.cannotCreate, "\(path): \(String(cString: strerror(error.code)))")
    }

    /// Returns the ring's passphrase: from the file that the setting keys.passphrase_file names, or
    /// from systemd's credential. Nil if there is neither.
    func passphrase() throws -> [UInt8]? {
        try passphraseFile.map {
            try BookLocation.readPassphrase(
                $0, namedBy: SettingKey.keysPassphraseFile.rawValue)
        }
    }

    /// Returns the file's content without the line end. Throws Problem if it is empty; `name` is
    /// the option or setting that named the file.
    static func readPassphrase(_ path: String, namedBy name: String) throws -> [UInt8] {
        var bytes = try readFile(path, maximumBytes: 4_096)
        while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw Problem(.invalid, option: name, "\(path) is empty")
        }
        return bytes
    }

    /// The part of the book's id in the file's header; it shows a wrong ring before opening.
    static func tag(_ id: ID<BookIdentity>) -> UInt32 {
        UInt32(truncatingIfNeeded: id.bits) & 0x7FFF_FFFF
    }
}

/// A book that this program holds open.
struct OpenedBook {
    let book: Book
    fileprivate let database: SQLiteDatabase
    /// False for a book whose keys were destroyed.
    var hasKeys = true

    /// Merges the write-ahead log, so that the book is one file again.
    func close() { try? database.close() }
}
