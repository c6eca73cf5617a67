import Foundation
import OpenSSL
package import Pledging
package import SQLiteDriver
package import Store
import Synchronization
package import Workflows

/// A new book in a folder of its own, with a clock that stands still until it is moved.
package final class TestBook: Sendable {
    package let folder: TemporaryFolder
    package let path: String
    package let database: SQLiteDatabase
    package let book: Book
    private let ids: IDSource
    private let time: Mutex<Instant>

    /// The newsroom may send support mail and is in UTC; it is 2026-11-22T12:00:00Z. With an older
    /// `schema`, the book is as an older program made it.
    package init(
        newsroom: Newsroom = .ready, now: Instant = .noon, concurrent: Bool = true,
        schema: Int = Migration.newest
    ) async throws {
        folder = try TemporaryFolder()
        path = folder.file("book.db")
        let random = RandomSource()
        ids = IDSource(random: random)
        time = Mutex(now)
        let keys = try KeyRingFile.makeKeys(
            bookID: ids.next(at: now), at: now, random: random)
        let created = try SQLiteDatabase(creating: path, bookTag: 1)
        let journal = RingJournal(ringPath: path + ".keys")
        let new = Book(driver: created, keys: keys, journal: journal)
        if schema == Migration.newest {
            try await CreateBook.run(newsroom, on: new, at: now)
        } else {
            try await new.writeSchema { transaction in
                for migration in Migration.all.prefix(schema) {
                    try transaction.apply(migration, engine: .sqlite, at: now)
                }
                try transaction.insertNewsroom(newsroom, at: now)
            }
        }
        if concurrent {
            database = created
        } else {
            try created.close()
            database = try SQLiteDatabase(opening: path, execution: .inline)
        }
        book = Book(driver: database, keys: keys, journal: journal)
    }

    /// Returns the rows that a statement finds, without the store's functions.
    package func rows(_ sql: String, _ parameters: Value...) async throws -> [Row] {
        try await database.transaction(.read) { try $0.run(Statement(sql), [parameters]) }
    }

    package var now: Instant {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    /// The default settings, with an outbox beside the book.
    package func standardSettings() throws -> Settings {
        var settings = try Settings()
        settings.outboxFolder = path + ".outbox"
        return settings
    }

    /// Copies the book's file as it is now, as a book of its own with the same ring.
    /// With `itsOwnJournal`, the copy is one of a folder with book, ring and journal: nothing tells
    /// it that another copy went on.
    package func copy(itsOwnJournal: Bool = false) async throws -> TestBook {
        _ = try await database.purgeLog()
        return try TestBook(copying: self, itsOwnJournal: itsOwnJournal)
    }

    private init(copying other: TestBook, itsOwnJournal: Bool) throws {
        folder = try TemporaryFolder()
        path = folder.file("copy.db")
        try FileManager.default.copyItem(atPath: other.path, toPath: path)
        ids = other.ids
        time = Mutex(other.now)
        database = try SQLiteDatabase(opening: path)
        let journal = itsOwnJournal ? RingJournal(ringPath: path + ".keys") : other.book.journal
        book = Book(driver: database, keys: other.book.keys, journal: journal)
    }

    /// The context of a verb. By default somebody acts at the command line; a test may pass a
    /// driver and a log of its own.
    package func context(
        actor: Actor = .cli(user: "tester"), settings: Settings? = nil,
        through driver: (any Driver)? = nil, logging log: RecordingLog? = nil
    ) throws -> Context {
        let book = Book(driver: driver ?? database, keys: book.keys, journal: book.journal)
        let settings = try settings ?? standardSettings()
        guard let log else {
            return Context(
                book: book, ids: ids, actor: actor, settings: settings, clock: { self.now })
        }
        return Context(
            book: book, ids: ids, actor: actor, settings: settings, logger: log.logger,
            clock: { self.now })
    }
}

extension Instant {
    package static let noon = Instant(milliseconds: 1_795_348_800_000)
}

extension Newsroom {
    package static let ready = Newsroom(
        name: "The Daily Test", legalName: "Daily Test gGmbH",
        postalAddress: "Teststr. 1, 10115 Berlin", timeZone: "UTC")
}
