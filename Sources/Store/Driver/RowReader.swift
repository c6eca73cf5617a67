/// Reads the columns of a row in order: each call reads the next one. Throws `RowError` when the
/// column holds another type than the one asked for, and when no column is left.
struct RowReader {
    private let values: [Value]
    private var next = 0

    fileprivate init(_ values: [Value]) { self.values = values }

    mutating func value() throws(RowError) -> Value {
        guard next < values.count else { throw RowError(column: next) }
        defer { next += 1 }
        return values[next]
    }

    mutating func text() throws(RowError) -> String {
        guard case .text(let text) = try value() else { throw malformed }
        return text
    }

    mutating func textOrNil() throws(RowError) -> String? {
        try passNull() ? nil : text()
    }

    mutating func integer() throws(RowError) -> Int64 {
        guard case .integer(let integer) = try value() else { throw malformed }
        return integer
    }

    mutating func integerOrNil() throws(RowError) -> Int64? {
        try passNull() ? nil : integer()
    }

    mutating func blob() throws(RowError) -> [UInt8] {
        guard case .blob(let blob) = try value() else { throw malformed }
        return blob
    }

    mutating func blobOrNil() throws(RowError) -> [UInt8]? {
        try passNull() ? nil : blob()
    }

    /// Reads the next `count` columns by `read`; returns nil, and skips them all, when the first is
    /// null. Throws what `read` throws, and RowError when it reads another number of columns.
    mutating func groupOrNil<Answer>(
        of count: Int, _ read: (inout RowReader) throws -> Answer
    ) throws -> Answer? {
        let end = next + count
        if try passNull() {
            next = end
            return nil
        }
        let answer = try read(&self)
        guard next == end else { throw RowError(column: next) }
        return answer
    }

    /// Skips all columns that are left.
    mutating func passOverRest() { next = values.count }

    /// Skips the next column if it is null; returns whether it was.
    mutating func passNull() throws(RowError) -> Bool {
        guard next < values.count else { throw RowError(column: next) }
        guard case .null = values[next] else { return false }
        next += 1
        return true
    }

    /// The error to throw when the column read last does not have the form it should have.
    var malformed: RowError { RowError(column: next - 1) }

    /// Throws RowError when columns are left: the statement then lists more than are read.
    fileprivate func end() throws(RowError) {
        guard next == values.count else { throw RowError(column: next) }
    }
}

extension Row {
    /// Returns what `body` makes of the row. Throws what `body` throws, and RowError when it leaves
    /// a column unread.
    func read<Answer>(_ body: (inout RowReader) throws -> Answer) throws -> Answer {
        var reader = RowReader(values)
        let answer = try body(&reader)
        try reader.end()
        return answer
    }
}

extension [Row] {
    /// Returns what `body` makes of each row, in order. Throws as `Row.read` does.
    func read<Answer>(_ body: (inout RowReader) throws -> Answer) throws -> [Answer] {
        try map { try $0.read(body) }
    }
}
