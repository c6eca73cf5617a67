import GRDB
import GRDBSQLite
import Store
import Synchronization

/// Connections that look a few rows up on the thread that asks: each serves one thread at a time,
/// and there are as many as ever asked at once. GRDB's pool hands its own over by two queues and a
/// semaphore, which takes longer than a look-up does.
final class CallerThreadReaders: Sendable {
    private let path: String
    private let configuration: Configuration
    private let idle = Mutex<[DatabaseQueue]>([])

    /// `configuration` is one for reading alone; its first connection is opened when asked for.
    init(_ path: String, _ configuration: Configuration) {
        self.path = path
        self.configuration = configuration
    }

    func lookUp<Answer>(_ body: (SQLiteConnection) throws -> Answer) throws -> Answer {
        do {
            let queue = try idle.withLock { $0.popLast() } ?? open()
            defer { idle.withLock { $0.append(queue) } }
            return try queue.unsafeRead { database in
                // One state of the book for all of its statements. GRDB's own transaction parses
                // its words anew each time.
                try CallerThreadReaders.step("BEGIN", database)
                let answer = Result { try body(SQLiteConnection(database)) }
                // After some errors SQLite has ended it by itself.
                if database.isInsideTransaction { try CallerThreadReaders.step("COMMIT", database) }
                return try answer.get()
            }
        } catch let error as DatabaseError {
            throw DriverError(error)
        }
    }

    /// Closes those that nobody uses, and forgets the pages that they have read.
    func close() { idle.withLock { $0 = [] } }

    private func open() throws -> DatabaseQueue {
        try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func step(_ sql: String, _ database: Database) throws {
        let handle = try database.cachedStatement(sql: sql).sqliteStatement
        defer { sqlite3_reset(handle) }
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
    }
}
