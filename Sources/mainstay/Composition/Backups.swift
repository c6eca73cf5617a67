import Foundation
import Glibc
import Pledging
import SQLiteDriver
import Store
import Workflows

/// Backups are made beside their own file, verified in the folder for temporary files, and restored
/// beside the book's path. No intermediate file is left, whatever happens.
extension BookLocation {
    /// Called with how far a job is, and how far it goes.
    typealias Steps = @Sendable (Int, Int) -> Void

    /// Backs the book up into a new file, while others write to it. `copied` counts pages, and
    /// `sealed` MiB.
    func backUp(
        to file: String, passphraseFile: String?, at now: Instant, copied: @escaping Steps,
        sealed: Steps
    ) async throws -> BackupFacts {
        guard !file.isEmpty else {
            throw Problem(.invalid, option: "file", "is empty; give a path")
        }
        guard !isTaken(file) else {
            throw Problem(.cannotCreate, "\(file) exists already and is never overwritten")
        }
        let passphrase = try backupPassphrase(passphraseFile)
        let opened = try open()
        defer { opened.close() }
        let keys = BackupKeys(ring: opened.book.keys, passphrase: passphrase)
        let copy = "\(file).\(getpid()).copy"
        defer { removeDatabase(copy) }
        do {
            try await BackUpBook.run(opened.book, to: copy, progress: copied)
            let content = try await openingCopy(at: copy, keys.ring) {
                try await BackUpBook.content(of: $0, at: now)
            }
            return try BackupFile.create(
                file, of: copy, content, with: keys, random: random, progress: sealed)
        } catch let error as FileError {
            throw BookLocation.cannotCreate(file, error)
        }
    }

    /// Decrypts a backup and checks all of it. Needs the book's ring, but not the book.
    func verify(
        _ file: String, passphraseFile: String?, opened: Steps
    ) async throws -> [RunDoctor.Check] {
        let keys = try backupKeys(passphraseFile)
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let copy = folder + "/book.db"
        let facts = try BackupFile.open(file, into: copy, with: keys, progress: opened)
        return try await openingCopy(at: copy, keys.ring) {
            try await VerifyBackup.run($0, against: facts)
        }
    }

    /// Restores the book of a backup to this location's path, where no file may be.
    func restore(
        _ file: String, passphraseFile: String?, opened: Steps
    ) async throws -> (facts: BackupFacts, advice: RestoreBook.Advice) {
        try refuseIfTaken()
        let keys = try backupKeys(passphraseFile)
        let temporary = "\(path).\(getpid()).new"
        defer { removeDatabase(temporary) }
        do {
            let facts = try BackupFile.open(file, into: temporary, with: keys, progress: opened)
            let advice = try await openingCopy(at: temporary, keys.ring) {
                try await RestoreBook.run($0, from: facts)
            }
            try moveIntoPlace(temporary, path)
            return (facts, advice)
        } catch let error as FileError where error.path != file {
            throw BookLocation.cannotCreate(path, error)
        }
    }

    private func backupKeys(_ passphraseFile: String?) throws -> BackupKeys {
        BackupKeys(
            ring: try openRing(),
            passphrase: try backupPassphrase(passphraseFile))
    }

    private func backupPassphrase(_ file: String?) throws -> [UInt8]? {
        try file.map { try BookLocation.readPassphrase($0, namedBy: "--passphrase-file") }
    }

    /// Opens the book in a file for `body`: a copy, or a book whose ring is yet to come. Afterwards
    /// it is one closed file again.
    func openingCopy<Answer>(
        at path: String, _ keys: KeyRing, _ body: (Book) async throws -> Answer
    ) async throws -> Answer {
        try SQLiteFile.check(path, bookTag: BookLocation.tag(keys.bookID))
        let database = try SQLiteDatabase(opening: path)
        let answer: Answer
        do {
            answer = try await body(Book(driver: database, keys: keys, journal: journal))
        } catch {
            try? database.close()
            throw error
        }
        try database.close()
        return answer
    }

    /// Throws Problem `.cannotCreate` if a book is here, or what was left beside one: SQLite would
    /// read the log of a former book as the new one's.
    func refuseIfTaken() throws {
        for suffix in BookLocation.sideFiles where isTaken(path + suffix) {
            throw Problem(
                .cannotCreate,
                "\(path + suffix) exists already and is never overwritten: move it away, or give "
                    + "another --database")
        }
    }

    /// Whether anything has that name, even a link to nothing.
    func isTaken(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private func removeDatabase(_ path: String) {
        for suffix in BookLocation.sideFiles { unlink(path + suffix) }
    }

    /// Makes a new folder that nobody else can enter.
    private func temporaryFolder() throws -> String {
        // mkdtemp(3) fills in the last six.
        let pattern =
            NSTemporaryDirectory() + "mainstay-verify-" + String(repeating: "X", count: 6)
        var template = Array(pattern.utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError(path: pattern, code: errno) }
        return String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The suffixes of a database file and of the files that SQLite puts beside it.
    static let sideFiles = ["", "-wal", "-shm", "-journal"]
}
