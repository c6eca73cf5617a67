package import Pledging

/// What is wrong with one row of a table: where, and against which rule; never the value.
package struct BadRow: Hashable, Sendable {
    /// From 1, the header's.
    package let line: Int
    /// `*` for the whole row.
    package let column: String
    package let rule: String

    /// `column` nil is the whole row.
    init(line: Int, column: String? = nil, rule: String) {
        self.line = line
        self.column = column ?? "*"
        self.rule = rule
    }

    package var json: JSON {
        ["line": .integer(Int64(line)), "column": .string(column), "rule": .string(rule)]
    }
}
