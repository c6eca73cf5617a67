import OpenSSL
import Pledging
import Schema
import Store
import TestSupport
import Testing
import Workflows

@Suite struct MigrateBookTests {
    /// The book as it was before its last migration.
    private func agedBook() async throws -> TestBook {
        let test = try await TestBook()
        try test.tamper(
            """
            DROP TABLE idempotent_requests;
            DROP TABLE imported_rows;
            DELETE FROM schema_versions WHERE version = \(Migration.newest);
            """)
        return test
    }

    private func migrate(_ test: TestBook, isDryRun: Bool = false) async throws -> [Int] {
        try await MigrateBook.run(on: test.book, isDryRun: isDryRun, at: test.now).map(\.version)
    }

    private func version(of test: TestBook) async throws -> Int {
        try await test.book.read { try $0.schemaVersion() }
    }

    @Test func `a new book has all migrations and nothing to be done`() async throws {
        let test = try await TestBook()
        #expect(try await version(of: test) == Migration.newest)
        #expect(try await migrate(test).isEmpty)
        try await MigrateBook.checkCurrent(test.book)
    }

    @Test func `what is pending is listed without being done, then done`() async throws {
        let test = try await agedBook()
        let message = await expectRefusal(.conflict) {
            try await MigrateBook.checkCurrent(test.book)
        }
        #expect(message.contains("mainstay migrate"))
        #expect(try await migrate(test, isDryRun: true) == [Migration.newest])
        #expect(try await version(of: test) == Migration.newest - 1)
        #expect(try await migrate(test) == [Migration.newest])
        #expect(try await migrate(test).isEmpty)
        try await MigrateBook.checkCurrent(test.book)
        try await test.register { $0.idempotencyKey = "k" }
        #expect(try await test.faults() == [])
    }

    @Test func `a migration that fails leaves the book as it was`() async throws {
        let test = try await agedBook()
        try test.tamper("CREATE TABLE imported_rows (other INTEGER)")
        await #expect(throws: DriverError.self) { try await migrate(test) }
        #expect(try await version(of: test) == Migration.newest - 1)
        try test.tamper("DROP TABLE imported_rows")
        #expect(try await migrate(test) == [Migration.newest])
        try await MigrateBook.checkCurrent(test.book)
    }

    @Test func `the book of a newer program is left alone`() async throws {
        let test = try await TestBook()
        try test.tamper("INSERT INTO schema_versions VALUES (99, 'later', 0)")
        let migrating = await expectRefusal(.conflict) { try await migrate(test) }
        #expect(migrating.contains("newer"))
        let checking = await expectRefusal(.conflict) {
            try await MigrateBook.checkCurrent(test.book)
        }
        #expect(checking == migrating)
    }

    @Test func `a key ring of another book is not taken`() async throws {
        let test = try await TestBook()
        let random = RandomSource()
        let ids = IDSource(random: random)
        let strange = try KeyRingFile.makeKeys(
            bookID: ids.next(at: test.now), at: test.now, random: random)
        let forged = try KeyRingFile.makeKeys(
            bookID: test.book.keys.bookID, at: test.now, random: random)
        for keys in [strange, forged] {
            await expectRefusal(.notPermitted) {
                try await MigrateBook.checkCurrent(Book(driver: test.database, keys: keys))
            }
        }
    }
}
