package import Pledging

/// One invalid row of a CSV file: its line, its column and the rule that it breaks. It never
/// contains the value.
package struct BadRow: Hashable, Sendable {
    /// The line of the file, counted from 1.
    package let line: Int
    /// The column's name, or `*` for the whole row.
    package let column: String
    package let rule: String

    /// A nil `column` means the whole row.
    init(line: Int, column: String? = nil, rule: String) {
        self.line = line
        self.column = column ?? "*"
        self.rule = rule
    }

    package var json: JSON {
        ["line": .integer(Int64(line)), "column": .string(column), "rule": .string(rule)]
    }
}
