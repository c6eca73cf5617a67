import GRDB
import GRDBSQLite
import Store

/// Zeroes the bytes of pages that belong to no cell. `secure_delete` zeroes a cell that is deleted,
/// but when SQLite splits a page it may leave copies of the cells that moved, and no later deletion
/// zeroes those.
///
/// It writes through SQLite's own file handle, between transactions. It holds the write lock, so
/// nobody else writes; the log is empty; and readers see the same cells before and after.
///
/// Source: SQLite database file format, section 1.6, "B-tree Pages".
struct SQLiteScrub {
    private let file: UnsafeMutablePointer<sqlite3_file>
    private let methods: sqlite3_io_methods
    private let pageSize: Int

    /// Nil when SQLite does not give access to its file handle.
    private init?(_ database: Database, pageSize: Int) {
        var pointer: UnsafeMutablePointer<sqlite3_file>?
        let code = sqlite3_file_control(
            database.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, &pointer)
        guard code == SQLITE_OK, let pointer, let methods = pointer.pointee.pMethods else {
            return nil
        }
        file = pointer
        self.methods = methods.pointee
        self.pageSize = pageSize
    }

    /// Empties the log and zeroes the unused bytes of all pages. Returns false while another
    /// process reads an older state, because the log cannot be emptied then; while others keep
    /// writing; and for a file of more than 64 GiB.
    static func run(_ database: Database, logPath: String) throws -> Bool {
        for _ in 0..<attemptMaximum {
            let row = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            guard row?[0] == 0 else { return false }
            try database.beginTransaction(.immediate)
            // Others may have written since the checkpoint. Pages in the log replace those in the
            // file.
            let isEmpty = (try? fileLength(logPath)) ?? 0 == 0
            var isScrubbed = false
            do {
                if isEmpty { isScrubbed = try scrub(database) }
                try database.rollback()
            } catch {
                try? database.rollback()
                throw error
            }
            guard isEmpty else { continue }
            // Drops the cached pages, which would be written back with the bytes that were zeroed.
            try database.execute(sql: "PRAGMA shrink_memory")
            return isScrubbed
        }
        return false
    }

    private static func scrub(_ database: Database) throws -> Bool {
        let size = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        let count = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        // In a larger file the first byte of an overflow page could look like the type of a b-tree
        // page.
        guard size > 0, count < 1 << 24, let scrub = SQLiteScrub(database, pageSize: size) else {
            return false
        }
        var page = [UInt8](repeating: 0, count: size)
        var isChanged = false
        for number in 0..<count {
            try scrub.read(&page, number)
            guard let gap = gap(in: page, headerAt: number == 0 ? 100 : 0) else { continue }
            let isClean = page.withUnsafeBytes { bytes in bytes[gap].allSatisfy { $0 == 0 } }
            if isClean { continue }
            try scrub.zero(gap, ofPage: number)
            isChanged = true
        }
        if isChanged { try scrub.check(scrub.methods.xSync(scrub.file, SQLITE_SYNC_NORMAL)) }
        return true
    }

    /// The unused range between the list of cells and the first cell; nil when it is empty or the
    /// page is not a b-tree page.
    private static func gap(in page: [UInt8], headerAt start: Int) -> Range<Int>? {
        let headerLength: Int
        switch page[start] {
        case 2, 5: headerLength = 12
        case 10, 13: headerLength = 8
        default: return nil
        }
        func number(at offset: Int) -> Int {
            Int(page[start + offset]) << 8 | Int(page[start + offset + 1])
        }
        let first = start + headerLength + 2 * number(at: 3)
        let last = number(at: 5) == 0 ? 65_536 : number(at: 5)
        guard first < last, last <= page.count else { return nil }
        return first..<last
    }

    private func read(_ page: inout [UInt8], _ number: Int) throws {
        let offset = Int64(number) * Int64(pageSize)
        let code = page.withUnsafeMutableBytes {
            methods.xRead(file, $0.baseAddress, Int32($0.count), offset)
        }
        try check(code)
    }

    private func zero(_ gap: Range<Int>, ofPage number: Int) throws {
        let zeros = [UInt8](repeating: 0, count: gap.count)
        let offset = Int64(number) * Int64(pageSize) + Int64(gap.lowerBound)
        try check(methods.xWrite(file, zeros, Int32(zeros.count), offset))
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw DriverError.inputOutput("SQLite code \(code)") }
    }

    /// Others may write between emptying the log and taking the lock, but seldom twice.
    private static let attemptMaximum = 5
}
