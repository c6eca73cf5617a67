import OpenSSL
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Testing
import Workflows

@Suite struct CreateBookTests {
    private let folder: TemporaryFolder
    private let book: Book

    init() throws {
        folder = try TemporaryFolder()
        let random = RandomSource()
        let keys = try KeyRingFile.makeKeys(
            bookID: IDSource(random: random).next(at: .noon), at: .noon, random: random)
        let path = folder.file("book.db")
        book = Book(
            driver: try SQLiteDatabase(creating: path, bookTag: 1), keys: keys,
            journal: RingJournal(ringPath: path + ".keys"))
    }

    private func tables() async throws -> Int64 {
        try await book.driver.transaction(.read) { connection in
            try connection.run("SELECT count(*) FROM sqlite_master")[0].integer(0)
        }
    }

    @Test func `a new book has the newest schema, its newsroom and its ring, and nobody in it`()
        async throws
    {
        try await CreateBook.run(.ready, on: book, at: .noon)
        #expect(try await book.read { try $0.schemaVersion() } == Migration.newest)
        #expect(try await book.read { try $0.newsroom() } == .ready)
        #expect(try await book.read { try $0.keyRingFits() })
        let counts = try await book.read { try $0.rowCounts() }
        #expect(counts.values.allSatisfy { $0 == 0 } && !counts.isEmpty)
    }

    @Test func `another ring does not open it`() async throws {
        try await CreateBook.run(.ready, on: book, at: .noon)
        let other = try KeyRingFile.makeKeys(
            bookID: book.keys.bookID, at: .noon, random: RandomSource())
        let strange = Book(driver: book.driver, keys: other, journal: book.journal)
        #expect(try await !strange.read { try $0.keyRingFits() })
    }

    @Test func `a book is made once, and a second try leaves it as it is`() async throws {
        try await CreateBook.run(.ready, on: book, at: .noon)
        var other = Newsroom.ready
        other.name = "Another"
        await #expect(throws: (any Error).self) {
            try await CreateBook.run(other, on: book, at: .noon)
        }
        #expect(try await book.read { try $0.newsroom() } == .ready)
    }

    @Test(arguments: [
        ("Mars/Olympus", "The Daily Test"), ("", "The Daily Test"),
        ("UTC", String(repeating: "n", count: 201)),
    ])
    func `a newsroom that breaks a rule leaves no table behind`(
        zone: String, name: String
    ) async throws {
        var newsroom = Newsroom.ready
        (newsroom.timeZone, newsroom.name) = (zone, name)
        await #expect(throws: Problem.self) {
            try await CreateBook.run(newsroom, on: book, at: .noon)
        }
        #expect(try await tables() == 0)
    }
}
