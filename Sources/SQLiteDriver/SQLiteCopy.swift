import GRDB
import Glibc
import Store

/// A copy of a database by SQLite's own backup, for `SQLiteDatabase.copy`.
enum SQLiteCopy {
    /// Copies what `source` sees in its open transaction into a new file at `path`.
    ///
    /// It goes in steps, for the sake of progress. SQLite begins a backup anew whenever it finds in
    /// between that others wrote; it cannot here, because `source` holds one snapshot all along.
    /// Writers go on meanwhile, and their log grows until the copy is done.
    static func make(
        of source: Database, at path: String, progress: @escaping (Int, Int) -> Void
    ) throws {
        try createEmptyFile(path)
        try translatingErrors {
            // The transaction has its snapshot from its first read on.
            _ = try Int.fetchOne(source, sql: "SELECT count(*) FROM sqlite_master")
            var configuration = Configuration()
            configuration.label = "mainstay copy"
            let destination = try DatabaseQueue(path: path, configuration: configuration)
            try destination.writeWithoutTransaction { copy in
                // A copy that a crash cuts short is thrown away.
                try copy.execute(sql: "PRAGMA synchronous = OFF")
                try source.backup(to: copy, pagesPerStep: pagesPerStep) { state in
                    progress(state.completedPageCount, state.totalPageCount)
                }
                // The first page says, like the source's, that a log belongs to it.
                try copy.execute(sql: "PRAGMA journal_mode = DELETE")
                let mode = try String.fetchOne(copy, sql: "PRAGMA journal_mode")
                guard mode == "delete" else {
                    throw DriverError.other("the copy keeps its log as a file of its own")
                }
            }
            try destination.close()
        }
    }

    /// Removes what there is of a copy, with what SQLite puts beside it.
    static func remove(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Private from its first moment on; SQLite would make it as the umask says.
    private static func createEmptyFile(_ path: String) throws(FileError) {
        // Left by a killed process that had our id: none alive has it.
        remove(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        close(descriptor)
    }

    /// 4 MiB of pages: steps short enough to show, long enough to cost nothing.
    private static let pagesPerStep: CInt = 1_024
}
