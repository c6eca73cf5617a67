import Foundation
import GRDB
import Store

/// The inside of one transaction on GRDB: statements are compiled once per connection and kept.
struct SQLiteConnection: Connection {
    private let database: Database

    init(_ database: Database) { self.database = database }

    func run(
        _ statement: Store.Statement, _ rows: [[Value]]
    ) throws(DriverError) -> [Store.Row] {
        try translatingErrors {
            let compiled = try database.cachedStatement(sql: statement.sql)
            let columns = compiled.columnCount
            var found: [Store.Row] = []
            for row in rows {
                compiled.setUncheckedArguments(StatementArguments(row.map(\.databaseValue)))
                guard columns > 0 else {
                    try compiled.execute()
                    continue
                }
                let cursor = try GRDB.Row.fetchCursor(compiled)
                while let row = try cursor.next() {
                    found.append(Store.Row(row, columns))
                }
            }
            return found
        }
    }

    func script(_ sql: String) throws(DriverError) {
        try translatingErrors { try database.execute(sql: sql) }
    }
}

extension Value {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }
}

extension Store.Row {
    fileprivate init(_ row: GRDB.Row, _ columns: Int) {
        var values: [Value] = []
        values.reserveCapacity(columns)
        for column in 0..<columns {
            let value: DatabaseValue = row[column]
            switch value.storage {
            case .null: values.append(.null)
            case .int64(let value): values.append(.integer(value))
            case .string(let value): values.append(.text(value))
            case .blob(let value): values.append(.blob(Array(value)))
            // No column of ours is a REAL: STRICT tables refuse them.
            case .double: values.append(.null)
            }
        }
        self.init(values)
    }
}

/// Runs `body`, with GRDB's errors as the driver's own.
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
        // Never error.description: it quotes the SQL and its arguments.
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
