import GRDB
import GRDBSQLite
import Store

/// One transaction on a GRDB connection. Each statement is compiled once per connection and kept.
///
/// Values are bound and rows are read directly through SQLite: GRDB's arguments and rows cost a
/// third of a write.
struct SQLiteConnection: Connection {
    let memo = TransactionMemo()
    private let database: Database

    init(_ database: Database) { self.database = database }

    func run(
        _ statement: Store.Statement, _ rows: [[Value]]
    ) throws(DriverError) -> [Store.Row] {
        let handle = try translatingErrors {
            try database.cachedStatement(sql: statement.sql).sqliteStatement
        }
        // Holds the texts and blobs of one row, which SQLite reads in place. Letting SQLite copy
        // each of them costs more than binding.
        let space = UnsafeMutableRawBufferPointer.allocate(
            byteCount: rows.reduce(1) { max($0, $1.byteCount) }, alignment: 1)
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
            space.deallocate()
        }
        let columns = sqlite3_column_count(handle)
        var found: [Store.Row] = []
        for row in rows {
            try bind(row, to: handle, in: space)
            while true {
                let code = sqlite3_step(handle)
                if code == SQLITE_DONE { break }
                guard code == SQLITE_ROW else { throw failure(code) }
                found.append(Store.Row(handle, columns))
            }
            sqlite3_reset(handle)
        }
        return found
    }

    func script(_ sql: String) throws(DriverError) {
        try translatingErrors { try database.execute(sql: sql) }
    }

    private func bind(
        _ row: [Value], to handle: OpaquePointer, in space: UnsafeMutableRawBufferPointer
    ) throws(DriverError) {
        guard sqlite3_bind_parameter_count(handle) == row.count else {
            throw .other(
                "a statement takes another number of parameters than the \(row.count) given")
        }
        var free = space[...]
        for (index, value) in row.enumerated() {
            let position = Int32(index + 1)
            let code: Int32
            switch value {
            case .null: code = sqlite3_bind_null(handle, position)
            case .integer(let number): code = sqlite3_bind_int64(handle, position, number)
            case .text(let text):
                let place = UnsafeMutableRawBufferPointer(rebasing: free.prefix(text.utf8.count))
                place.copyBytes(from: text.utf8)
                free = free.dropFirst(place.count)
                code = sqlite3_bind_text64(
                    handle, position, place.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UInt64(place.count), inPlace, UInt8(SQLITE_UTF8))
            case .blob(let bytes):
                let place = UnsafeMutableRawBufferPointer(rebasing: free.prefix(bytes.count))
                place.copyBytes(from: bytes)
                free = free.dropFirst(place.count)
                code = sqlite3_bind_blob64(
                    handle, position, place.baseAddress, UInt64(place.count), inPlace)
            }
            guard code == SQLITE_OK else { throw failure(code) }
        }
    }

    /// SQLITE_STATIC: the bound bytes stay in place until the statement is reset.
    private let inPlace: sqlite3_destructor_type? = nil

    private func failure(_ code: Int32) -> DriverError {
        let message = database.sqliteConnection.flatMap(sqlite3_errmsg).map { String(cString: $0) }
        return DriverError(DatabaseError(resultCode: ResultCode(rawValue: code), message: message))
    }
}

extension [Value] {
    fileprivate var byteCount: Int {
        reduce(0) { total, value in
            switch value {
            case .null, .integer: total
            case .text(let text): total + text.utf8.count
            case .blob(let bytes): total + bytes.count
            }
        }
    }
}

extension Store.Row {
    fileprivate init(_ handle: OpaquePointer, _ columns: Int32) {
        var values: [Value] = []
        values.reserveCapacity(Int(columns))
        for column in 0..<columns { values.append(Value(handle, column)) }
        self.init(values)
    }
}

extension Value {
    fileprivate init(_ handle: OpaquePointer, _ column: Int32) {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(handle, column))
        case SQLITE_TEXT:
            let bytes = UnsafeBufferPointer(
                start: sqlite3_column_text(handle, column),
                count: Int(sqlite3_column_bytes(handle, column)))
            self = .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, column)
            let count = Int(sqlite3_column_bytes(handle, column))
            self = .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        // NULL. No table has a REAL column, and STRICT tables enforce the types.
        default: self = .null
        }
    }
}

/// Runs `body` and converts every error that it throws to DriverError.
func translatingErrors<Answer>(_ body: () throws -> Answer) throws(DriverError) -> Answer {
    do {
        return try body()
    } catch let error as DatabaseError {
        throw DriverError(error)
    } catch let error as DriverError {
        throw error
    } catch {
        throw .other("\(error)")
    }
}

extension DriverError {
    init(_ error: DatabaseError) {
        // Not error.description, which quotes the SQL and its arguments.
        let message = error.message ?? "SQLite code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_FULL: self = .diskFull
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: self = .inputOutput(message)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: self = .readOnly
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .notADatabase(message)
        case .SQLITE_CONSTRAINT: self = .constraint(message)
        default: self = .other(message)
        }
    }
}
