import OpenSSL
package import Pledging
package import SQLiteDriver
import Schema
package import Store
import Synchronization
package import Workflows

/// A fresh book in a folder of its own, with a clock that stands until it is moved.
package final class TestBook: Sendable {
    package let folder: TemporaryFolder
    package let path: String
    package let database: SQLiteDatabase
    package let book: Book
    private let ids: IDSource
    private let time: Mutex<Instant>

    /// The newsroom may send support mail, is in UTC, and it is 2026-11-22T12:00:00Z. A book of an
    /// older schema is one that an older program made.
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
        let new = Book(driver: created, keys: keys)
        if schema == Migration.newest {
            try await CreateBook.run(newsroom, on: new, at: now)
        } else {
            try await new.write { transaction in
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
        book = Book(driver: database, keys: keys)
    }

    package var now: Instant {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    /// What a verb is handed, acting as somebody at the command line unless said otherwise.
    package func context(
        actor: Actor = .cli(user: "tester"), settings: Settings? = nil
    ) throws -> Context {
        Context(
            book: book, ids: ids, actor: actor, settings: try settings ?? Settings(),
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
