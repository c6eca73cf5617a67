import GRDB
import Glibc
package import Store

/// A book in one SQLite file: WAL, synchronous=FULL, foreign keys, secure delete.
package final class SQLiteDatabase: Driver {
    package enum Execution: Sendable {
        /// Reads run side by side; waiting writes share one commit.
        case concurrent
        /// Every transaction runs on the calling thread, alone: for simulations.
        case inline
    }

    package let engine = Engine.sqlite
    /// Not a pool that also writes: GRDB's writes to the file whenever it opens one.
    private let writer: DatabaseQueue
    private let readers: DatabasePool
    private let callerThreadReaders: CallerThreadReaders
    private let writes: WriteGroup
    private let execution: Execution
    private let path: String

    /// Opens a file that `SQLiteFile.check` has passed.
    package convenience init(
        opening path: String, execution: Execution = .concurrent
    ) throws(DriverError) {
        try self.init(path, execution)
    }

    /// Opens a copy that is thrown away: nothing waits for the disk.
    private convenience init(
        scratch path: String, execution: Execution
    ) throws(DriverError) {
        try self.init(path, execution)
        try translatingErrors {
            try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        }
    }

    /// Creates a file for the book of this tag. The caller has made sure that there is none.
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
        // A log that cannot be written stands in the way of readers as well.
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
        // After the writer, which has made the log that a reader cannot make.
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

    /// Merges the write-ahead log into the file and closes it. Nothing may be asked afterwards.
    package func close() throws(DriverError) {
        try translatingErrors {
            // The writer goes last: it merges and removes the log, as a reader cannot. Passive:
            // what another process does is not waited for; the last of all merges the rest.
            try readers.close()
            callerThreadReaders.close()
            let merging = Result {
                try writer.writeWithoutTransaction { try $0.checkpoint(.passive) }
            }
            try writer.close()
            _ = try merging.get()
        }
    }

    /// How long a write waits for another process before it answers `busy`.
    private static let busyTimeoutSeconds = 5.0
    /// Two cores read side by side; more readers would only hold more cache.
    private static let readerMaximum = 4
    /// Enough for a million-row export at full speed; SQLite's own 2 MiB makes it thrice as slow.
    private static let cacheKibibytes = 16_384
    /// A look-up reads a few pages, which the system keeps too.
    private static let seekerCacheKibibytes = 2_048
    /// Keyed hashes come in no order: a batch of them touches pages all over its index.
    private static let writerCacheKibibytes = 32_768
    /// 16 MiB of log: a page that changes in many batches is copied back once.
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
                        detail: orphans == nil ? "ok" : "a row refers to one that is not there"))
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
        let path = ScratchCopies.newPath(besides: path)
        defer { SQLiteCopy.remove(path) }
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
