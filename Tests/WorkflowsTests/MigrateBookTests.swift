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
        try await TestBook(schema: Migration.newest - 1)
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
        let planted = try await test.plant()
        try test.tamper("CREATE TABLE new_mail_links (other INTEGER)")
        await #expect(throws: DriverError.self) { try await migrate(test) }
        #expect(try await version(of: test) == Migration.newest - 1)
        #expect(try await test.pledges() == [try #require(planted.pledge)])
        try test.tamper("DROP TABLE new_mail_links")
        #expect(try await migrate(test) == [Migration.newest])
        try await MigrateBook.checkCurrent(test.book)
    }

    @Test func `an older book keeps everything, and goes on as if it were new`() async throws {
        let test = try await TestBook(schema: 7)
        for (index, state) in PledgeState.allCases.enumerated() {
            try await test.plant {
                ($0.email, $0.state) = ("\(index)@example.org", state)
                if state == .paused { $0.pausedUntil = "2027-01-15" }
            }
        }
        let recurring = try await test.ask(.every(months: 3), email: "0@example.org")
        let once = try await test.ask(.week, email: "friend@example.org")
        let token = try #require(
            try await test.post().first { $0.headers["to"] == "0@example.org" }?
                .token(of: "confirm"))
        try await test.ask(.every(months: 1), email: "2@example.org")
        let before = try await everything(test)

        #expect(try await migrate(test) == Array(8...Migration.newest))
        #expect(try await everything(test) == before)
        #expect(try await test.faults() == [])
        try await test.follow(token, .confirm)
        #expect(try await test.reminder(recurring.id).confirmedAt == test.now)
        test.now = once.dueAt
        _ = try await test.sendReminders()
        #expect(try await test.post().count == 2)
        #expect(try await test.faults() == [])
    }

    private func everything(_ test: TestBook) async throws -> [String] {
        let entities: [any Sendable] =
            try await test.supporters() + test.methods() + test.pledges() + test.reminders()
            + test.mails()
        return entities.map { "\($0)" }
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
