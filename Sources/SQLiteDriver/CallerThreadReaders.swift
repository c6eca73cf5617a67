import GRDB
import GRDBSQLite
import Store
import Synchronization

/// Read-only connections for short look-ups on the calling thread. Each serves one thread at a
/// time; another one is opened when all are in use. GRDB's pool hands its connections over through
/// two queues and a semaphore, which takes longer than a look-up.
final class CallerThreadReaders: Sendable {
    private let path: String
    private let configuration: Configuration
    private let idle = Mutex<[DatabaseQueue]>([])

    /// `configuration` must be read-only. The first connection is opened at the first look-up.
    init(_ path: String, _ configuration: Configuration) {
        self.path = path
        self.configuration = configuration
    }

    /// Runs `body` in one read transaction on the calling thread. GRDB's errors become DriverError.
    func lookUp<Answer>(_ body: (SQLiteConnection) throws -> Answer) throws -> Answer {
        do {
            let queue = try idle.withLock { $0.popLast() } ?? open()
            defer { idle.withLock { $0.append(queue) } }
            return try queue.unsafeRead { database in
                // In a transaction all statements of `body` see one state of the book. GRDB's own
                // would parse its SQL each time.
                try CallerThreadReaders.step("BEGIN", database)
                let answer = Result { try body(SQLiteConnection(database)) }
                // After some errors SQLite has already ended the transaction.
                if database.isInsideTransaction { try CallerThreadReaders.step("COMMIT", database) }
                return try answer.get()
            }
        } catch let error as DatabaseError {
            throw DriverError(error)
        }
    }

    /// Closes the idle connections, which frees the pages that they cached.
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
