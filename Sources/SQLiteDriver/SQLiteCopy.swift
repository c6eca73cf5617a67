import GRDB
import Glibc
import Store

/// Copies a database with SQLite's backup API, for `SQLiteDatabase.copy`.
enum SQLiteCopy {
    /// Copies the state that `source` sees in its open transaction into a new file at `path`.
    /// `progress` receives the pages copied and the pages in all. Throws FileError when the file
    /// cannot be made, else DriverError.
    ///
    /// The copy is made in steps, so that progress can be reported. SQLite restarts a backup when
    /// another connection wrote between two steps; that cannot happen here, because `source` holds
    /// one snapshot throughout. Writers continue meanwhile, and the write-ahead log grows until the
    /// copy is done.
    static func make(
        of source: Database, at path: String, progress: @escaping (Int, Int) -> Void
    ) throws {
        try createEmptyFile(path)
        try translatingErrors {
            // SQLite takes the snapshot at the transaction's first read.
            _ = try Int.fetchOne(source, sql: "SELECT count(*) FROM sqlite_master")
            var configuration = Configuration()
            configuration.label = "mainstay copy"
            let destination = try DatabaseQueue(path: path, configuration: configuration)
            try destination.writeWithoutTransaction { copy in
                // Nothing is synced: a copy that a crash interrupts is discarded.
                try copy.execute(sql: "PRAGMA synchronous = OFF")
                try source.backup(to: copy, pagesPerStep: pagesPerStep) { state in
                    progress(state.completedPageCount, state.totalPageCount)
                }
                // The copied first page still says, like the source's, that the file has a
                // write-ahead log.
                try copy.execute(sql: "PRAGMA journal_mode = DELETE")
                let mode = try String.fetchOne(copy, sql: "PRAGMA journal_mode")
                guard mode == "delete" else {
                    throw DriverError.other("the copy could not be switched out of WAL mode")
                }
            }
            try destination.close()
        }
    }

    /// Removes a copy and SQLite's files beside it, as far as they exist.
    static func remove(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Creates the file with mode 0600. SQLite would use the umask.
    private static func createEmptyFile(_ path: String) throws(FileError) {
        // A killed process that had this process's id may have left one; no live process has this
        // id.
        remove(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        close(descriptor)
    }

    /// 4 MiB of pages: steps short enough to show progress and long enough to cost nothing.
    private static let pagesPerStep: CInt = 1_024
}
