import Foundation
import OpenSSL
import SQLiteDriver
import Store
import TestSupport
import Workflows

// Helpers for tests of backups.

extension TestBook {
    /// A book of two people, each with a method and a pledge.
    static func furnished(schema: Int = Migration.newest) async throws -> TestBook {
        let test = try await TestBook(schema: schema)
        for name in ["a", "b"] { try await test.plant { $0.email = "\(name)@example.org" } }
        return test
    }

    /// Copies the book as a backup does; returns the opened copy and what it holds.
    func backedUp() async throws -> (copy: Book, content: BackupContent) {
        let path = folder.file("copy.db")
        try await BackUpBook.run(book, to: path) { _, _ in }
        let copy = Book(
            driver: try SQLiteDatabase(opening: path), keys: book.keys, journal: book.journal)
        return (copy, try await BackUpBook.content(of: copy, at: now))
    }

    /// The facts of a backup with that content. Its database does not matter here.
    func facts(of content: BackupContent) throws -> BackupFacts {
        let plain = folder.file("plain")
        try Data("plain".utf8).write(to: URL(fileURLWithPath: plain))
        return try BackupFile.create(
            folder.file("made.backup"), of: plain, content, with: BackupKeys(ring: book.keys),
            random: RandomSource()
        ) { _, _ in }
    }

    /// The names of the checks that a copy fails.
    func unsound(_ copy: Book, _ facts: BackupFacts) async throws -> [String] {
        try await VerifyBackup.run(copy, against: facts).filter { !$0.isSound }.map(\.name)
    }
}
