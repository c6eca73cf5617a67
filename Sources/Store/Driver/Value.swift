/// The value of a parameter or a column.
package enum Value: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    package init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }
    package init(_ value: [UInt8]?) { self = value.map { .blob($0) } ?? .null }
    package init(_ value: Int) { self = .integer(Int64(value)) }
}

/// One row of a result. Statements read it in order by a `RowReader`; tests may read a column by
/// its number.
package struct Row: Sendable {
    let values: [Value]

    package init(_ values: [Value]) { self.values = values }

    package func text(_ column: Int) throws(RowError) -> String {
        guard case .text(let value) = values[column] else { throw RowError(column: column) }
        return value
    }

    package func integer(_ column: Int) throws(RowError) -> Int64 {
        guard case .integer(let value) = values[column] else { throw RowError(column: column) }
        return value
    }

    package func blob(_ column: Int) throws(RowError) -> [UInt8] {
        guard case .blob(let value) = values[column] else { throw RowError(column: column) }
        return value
    }

    package func textOrNil(_ column: Int) throws(RowError) -> String? {
        if case .null = values[column] { return nil }
        return try text(column)
    }

    package func integerOrNil(_ column: Int) throws(RowError) -> Int64? {
        if case .null = values[column] { return nil }
        return try integer(column)
    }

    package func blobOrNil(_ column: Int) throws(RowError) -> [UInt8]? {
        if case .null = values[column] { return nil }
        return try blob(column)
    }
}

/// A stored value does not have the form that its column requires: something other than this
/// program changed the book.
package struct RowError: Error, CustomStringConvertible {
    package let column: Int
    package init(column: Int) { self.column = column }
    package var description: String {
        "a stored value does not have the form that its column requires; "
            + "something other than mainstay changed the book"
    }
}
