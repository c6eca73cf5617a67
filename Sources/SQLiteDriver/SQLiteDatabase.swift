import GRDB
import Glibc
package import Store

/// A book in one SQLite file: WAL, synchronous=FULL, foreign keys, secure delete.
package final class SQLiteDatabase: Driver {
    package enum Execution: Sendable {
        /// Reads run in parallel; writes that wait at the same time share one commit.
        case concurrent
        /// Every transaction runs alone, on the calling thread; for simulations.
        case inline
    }

    package let engine = Engine.sqlite
    /// A connection for writes alone: GRDB's read-write pool changes the file whenever it opens
    /// one.
    private let writer: DatabaseQueue
    private let readers: DatabasePool
    private let callerThreadReaders: CallerThreadReaders
    private let writes: WriteGroup
    private let execution: Execution
    private let path: String

    /// Opens a book's file, which the caller has checked by `SQLiteFile.check`. Throws `readOnly`
    /// when the file or its folder is not writable, and what SQLite reports.
    package convenience init(
        opening path: String, execution: Execution = .concurrent
    ) throws(DriverError) {
        try self.init(path, execution)
    }

    /// Opens a scratch copy with synchronous=OFF: it is discarded later, so no write waits for the
    /// disk.
    private convenience init(
        scratch path: String, execution: Execution
    ) throws(DriverError) {
        try self.init(path, execution)
        try translatingErrors {
            try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        }
    }

    /// Creates a file for the book with this tag. The caller has made sure that no file exists
    /// there. Throws as `init(opening:)` does.
    package convenience init(creating path: String, bookTag: UInt32) throws(DriverError) {
        try self.init(path, .concurrent)
        try translatingErrors {
            try writer.writeWithoutTransaction { database in
                try database.execute(
                    sql: """
                        PRAGMA application_id = \(Int32(bitPattern: SQLiteFile.applicationID));
                        PRAGMA user_version = \(Int32(bitPattern: bookTag));
                        """)
            }
        }
    }

    private init(_ path: String, _ execution: Execution) throws(DriverError) {
        var configuration = Configuration()
        configuration.label = "mainstay"
        configuration.busyMode = .timeout(SQLiteDatabase.busyTimeoutSeconds)
        configuration.maximumReaderCount = SQLiteDatabase.readerMaximum
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA secure_delete = ON;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -\(SQLiteDatabase.cacheKibibytes);
                    """)
        }
        self.execution = execution
        self.path = path
        // Readers, too, need a write-ahead log that can be written.
        guard access(path, F_OK) != 0 || access(path, W_OK) == 0,
            access(SQLiteDatabase.folder(of: path), W_OK | X_OK) == 0
        else { throw .readOnly }
        let writer = try translatingErrors {
            try DatabaseQueue(path: path, configuration: configuration)
        }
        self.writer = writer
        writes = WriteGroup(writer)
        try translatingErrors {
            try writer.writeWithoutTransaction { database in
                try database.execute(
                    sql: """
                        PRAGMA journal_mode = WAL;
                        PRAGMA synchronous = FULL;
                        PRAGMA cache_size = -\(SQLiteDatabase.writerCacheKibibytes);
                        PRAGMA wal_autocheckpoint = \(SQLiteDatabase.checkpointPages);
                        """)
            }
        }
        // After the writer, which has made the log: a read-only connection cannot make it.
        configuration.readonly = true
        readers = try translatingErrors {
            try DatabasePool(path: path, configuration: configuration)
        }
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA cache_size = -\(SQLiteDatabase.seekerCacheKibibytes)")
        }
        callerThreadReaders = CallerThreadReaders(path, configuration)
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    }

    package func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        switch (execution, kind) {
        case (.inline, .write): return try writes.performAlone(body)
        case (.inline, .read), (_, .lookUp): return try callerThreadReaders.lookUp(body)
        case (.concurrent, .write): return try await writes.perform(body)
        case (.concurrent, .read):
            do {
                return try await readers.read { try body(SQLiteConnection($0)) }
            } catch let error as DatabaseError {
                throw DriverError(error)
            }
        }
    }

    package func purgeLog() async throws -> Bool {
        let log = path + "-wal"
        let isPurged = try await writer.writeWithoutTransaction { database in
            do {
                return try SQLiteScrub.run(database, logPath: log)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                return false
            } catch let error as DatabaseError {
                throw DriverError(error)
            }
        }
        readers.releaseMemoryEventually()
        callerThreadReaders.close()
        return ScratchCopies.removeAbandoned(besides: path) && isPurged
    }

    /// Merges the write-ahead log into the file and closes the database, which must not be used
    /// afterwards. Throws DriverError.
    package func close() throws(DriverError) {
        try translatingErrors {
            // The writer is closed last: it merges and removes the log, which a reader cannot do.
            // The checkpoint is passive, so it does not wait for other processes; the last process
            // to close merges the rest.
            try readers.close()
            callerThreadReaders.close()
            let merging = Result {
                try writer.writeWithoutTransaction { try $0.checkpoint(.passive) }
            }
            try writer.close()
            _ = try merging.get()
        }
    }

    /// How long a write waits for another process before it throws `busy`.
    private static let busyTimeoutSeconds = 5.0
    /// Two cores read in parallel; more readers would only use more cache.
    private static let readerMaximum = 4
    /// Enough for an export of a million rows at full speed. With SQLite's own 2 MiB it takes three
    /// times as long.
    private static let cacheKibibytes = 16_384
    /// A look-up reads few pages, and the system caches them too.
    private static let seekerCacheKibibytes = 2_048
    /// Keyed hashes come in random order: a batch of them touches pages all over its index.
    private static let writerCacheKibibytes = 32_768
    /// 16 MiB of log, so that a page that changes in many batches is copied back once.
    private static let checkpointPages = 4_096
}

extension SQLiteDatabase {
    package func inspect() async throws -> [Inspection] {
        let facts = try await writer.writeWithoutTransaction { database in
            try translatingErrors {
                func value(_ pragma: String) throws -> String {
                    try String.fetchOne(database, sql: "PRAGMA \(pragma)") ?? ""
                }
                let expected = [
                    ("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"),
                    ("secure_delete", "1"),
                ]
                var found = try expected.map { name, wanted in
                    let now = try value(name)
                    return Inspection(name: name, isSound: now == wanted, detail: now)
                }
                let check = try value("quick_check(1)")
                found.append(Inspection(name: "integrity", isSound: check == "ok", detail: check))
                let orphans = try GRDB.Row.fetchOne(database, sql: "PRAGMA foreign_key_check")
                found.append(
                    Inspection(
                        name: "references", isSound: orphans == nil,
                        detail: orphans == nil
                            ? "ok" : "a row refers to a row that does not exist"))
                found.append(
                    Inspection(
                        name: "sqlite", isSound: true,
                        detail: try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "")
                )
                return found
            }
        }
        return facts
    }
}

extension SQLiteDatabase {
    package func copy(
        to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws {
        switch execution {
        case .inline: try copyInline(to: path, progress)
        case .concurrent:
            do {
                try await readers.read { database in
                    try SQLiteCopy.make(of: database, at: path, progress: progress)
                }
            } catch let error as DatabaseError {
                throw DriverError(error)
            }
        }
    }

    package func onScratchCopy<Answer: Sendable>(
        _ body: (any Driver) async throws -> Answer
    ) async throws -> Answer {
        _ = ScratchCopies.removeAbandoned(besides: path)
        let path = ScratchCopies.newPath(besides: path)
        let lock = try ScratchCopies.lock(path)
        defer {
            SQLiteCopy.remove(path)
            lock.removeFile()
        }
        try await copy(to: path) { _, _ in }
        let scratch = try SQLiteDatabase(scratch: path, execution: execution)
        let answer: Answer
        do {
            answer = try await body(scratch)
        } catch {
            try? scratch.close()
            throw error
        }
        try scratch.close()
        return answer
    }

    private func copyInline(
        to path: String, _ progress: @escaping (Int, Int) -> Void
    ) throws {
        do {
            try readers.read { database in
                try SQLiteCopy.make(of: database, at: path, progress: progress)
            }
        } catch let error as DatabaseError {
            throw DriverError(error)
        }
    }
}
