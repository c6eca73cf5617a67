import Foundation
import OpenSSL
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Testing
import Workflows

/// A backup of a test's book, and what comes out of it.
@Suite struct BackUpBookTests {
    private func furnished(schema: Int = Migration.newest) async throws -> TestBook {
        let test = try await TestBook(schema: schema)
        for name in ["a", "b"] { try await test.plant { $0.email = "\(name)@example.org" } }
        return test
    }

    /// What a copy of the book holds, and the copy, opened.
    private func copy(_ test: TestBook) async throws -> (Book, BackupContent) {
        let path = test.folder.file("copy.db")
        try await BackUpBook.run(test.book, to: path) { _, _ in }
        let copy = Book(
            driver: try SQLiteDatabase(opening: path), keys: test.book.keys,
            journal: test.book.journal)
        return (copy, try await BackUpBook.content(of: copy, at: test.now))
    }

    /// The facts of a backup of that content; its database is of no account here.
    private func facts(_ content: BackupContent, _ test: TestBook) throws -> BackupFacts {
        let plain = test.folder.file("plain")
        try Data("plain".utf8).write(to: URL(fileURLWithPath: plain))
        return try BackupFile.create(
            test.folder.file("made.backup"), of: plain, content,
            with: BackupKeys(ring: test.book.keys), random: RandomSource()
        ) { _, _ in }
    }

    private func unsound(_ copy: Book, _ facts: BackupFacts) async throws -> [String] {
        try await VerifyBackup.run(copy, against: facts).filter { !$0.isSound }.map(\.name)
    }

    @Test func `a backup counts what the book held, and is sound`() async throws {
        let test = try await furnished()
        let (copy, content) = try await copy(test)
        #expect(content.schema == Migration.newest && content.createdAt == test.now)
        #expect(
            content.rows == [
                .supporters: 2, .pledges: 2, .paymentMethods: 2, .reminders: 0, .events: 6,
                .mailMessages: 0, .charges: 0,
            ])
        let facts = try facts(content, test)
        #expect(try await unsound(copy, facts).isEmpty)
        #expect(try await !RestoreBook.run(copy, from: facts).needsMigration)
        let json = facts.json("file", "x")
        #expect(json["file"] == "x" && json["supporters"] == .integer(2))
        #expect(json["payment_methods"] == .integer(2) && json["schema"] != nil)
    }

    @Test func `rows that are not those of the backup are found, and not restored`() async throws {
        let test = try await furnished()
        let (copy, content) = try await copy(test)
        var rows = content.rows
        rows[.events] = 7
        let facts = try facts(
            BackupContent(createdAt: content.createdAt, schema: content.schema, rows: rows), test)
        #expect(try await unsound(copy, facts) == ["rows"])
        let message = await expectRefusal(.invalid) {
            try await RestoreBook.run(copy, from: facts)
        }
        #expect(message.contains("events: 6 of 7"))
    }

    @Test func `a book that was damaged before its backup is found`() async throws {
        let test = try await furnished()
        try test.tamper(
            """
            DELETE FROM events WHERE subject_id = (SELECT max(id) FROM pledges);
            DELETE FROM payment_methods WHERE id = (SELECT max(id) FROM payment_methods);
            """)
        let (copy, content) = try await copy(test)
        let found = try await unsound(copy, facts(content, test))
        #expect(found == ["references", "every version has its event"])
    }

    @Test func `an older book is backed up, verified and restored as it is`() async throws {
        let test = try await furnished(schema: Migration.newest - 1)
        let (copy, content) = try await copy(test)
        #expect(content.schema == Migration.newest - 1)
        let facts = try facts(content, test)
        let checks = try await VerifyBackup.run(copy, against: facts)
        #expect(checks.allSatisfy { $0.isSound })
        #expect(checks.first { $0.name == "schema" }?.detail.contains("migrate") == true)
        #expect(checks.contains { $0.name == "invariants" })
        #expect(try await RestoreBook.run(copy, from: facts).needsMigration)
    }

    @Test func `a newer book is left alone at either end`() async throws {
        let test = try await furnished()
        let (copy, content) = try await copy(test)
        let facts = try facts(content, test)
        try await copy.driver.transaction(.write) {
            _ = try $0.run("INSERT INTO schema_versions VALUES (99, 'later', 0)")
        }
        await expectRefusal(.conflict) { try await VerifyBackup.run(copy, against: facts) }
        await expectRefusal(.conflict) { try await RestoreBook.run(copy, from: facts) }
        await expectRefusal(.conflict) {
            try await BackUpBook.run(copy, to: test.folder.file("second.db")) { _, _ in }
        }
    }

    @Test func `a ring that does not open the book is found`() async throws {
        let test = try await furnished()
        let (copy, content) = try await copy(test)
        let other = try KeyRingFile.makeKeys(
            bookID: test.book.keys.bookID, at: test.now, random: RandomSource())
        let strange = Book(driver: copy.driver, keys: other, journal: copy.journal)
        #expect(try await unsound(strange, facts(content, test)) == ["key ring"])
        await expectRefusal(.notPermitted) {
            try await BackUpBook.run(strange, to: test.folder.file("second.db")) { _, _ in }
        }
    }
}
