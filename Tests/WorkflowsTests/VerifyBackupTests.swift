import OpenSSL
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct VerifyBackupTests {
    @Test func `rows that are not those of the backup are found, and not restored`() async throws {
        let test = try await TestBook.furnished()
        let (copy, content) = try await test.backedUp()
        var rows = content.rows
        rows[.events] = 7
        let facts = try test.facts(
            of: BackupContent(createdAt: content.createdAt, schema: content.schema, rows: rows))
        #expect(try await test.unsound(copy, facts) == ["rows"])
        let message = await expectRefusal(.invalid) {
            try await RestoreBook.run(copy, from: facts)
        }
        #expect(message.contains("events: 6 of 7"))
    }

    @Test func `a book that was damaged before its backup is found`() async throws {
        let test = try await TestBook.furnished()
        try test.tamper(
            """
            DELETE FROM events WHERE subject_id = (SELECT max(id) FROM pledges);
            DELETE FROM payment_methods WHERE id = (SELECT max(id) FROM payment_methods);
            """)
        let (copy, content) = try await test.backedUp()
        let found = try await test.unsound(copy, test.facts(of: content))
        #expect(found == ["references", "every version has its event"])
    }

    @Test func `a ring that does not open the book is found`() async throws {
        let test = try await TestBook.furnished()
        let (copy, content) = try await test.backedUp()
        let other = try KeyRingFile.makeKeys(
            bookID: test.book.keys.bookID, at: test.now, random: RandomSource())
        let strange = Book(driver: copy.driver, keys: other, journal: copy.journal)
        #expect(try await test.unsound(strange, test.facts(of: content)) == ["key ring"])
        await expectRefusal(.notPermitted) {
            try await BackUpBook.run(strange, to: test.folder.file("second.db")) { _, _ in }
        }
    }
}
