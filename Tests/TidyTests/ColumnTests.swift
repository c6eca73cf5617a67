import Testing

/// Statements read a row from its first column to its last, with a RowReader. If they read columns
/// by number, each added column would shift the others unnoticed.
@Suite struct ColumnTests {
    @Test func `no statement reads a column by its number`() throws {
        for file in try SourceTree.files("Sources/Store/Statements") {
            let found = numberedReads(file)
            #expect(
                found.isEmpty,
                "\(file.path):\(found): read the columns in their order, with a RowReader")
        }
    }

    @Test(arguments: [
        ("try row.text(0)", true), ("row.isNull(6) ? nil : a", true), ("$0.id(1)", true),
        ("rows[0].count(0)", true), (").first?.integer(0)", true), ("f()[0]\n  .blob(1)", true),
        ("row.instantOrNil(next + 3)", true), ("\"\\(row.choice(2))\"", true),
        ("try row.text()", false), ("$0.integer()", false), ("[.text(a), .blob(b)]", false),
        ("Value.text(a)", false), ("return .integer(1)", false), ("a ? .text(b) : .null", false),
        ("rows.count(where: isDue)", false), ("a.count(b)\n", true), ("// row.text(0)", false),
        ("\"row.text(0)\"", false), ("row.context(0)", false), ("{ a in\n .blob(b) }", false),
    ])
    func `a column that is read by its number is found`(code: String, isNumbered: Bool) {
        let path = "Sources/Store/Statements/X.swift"
        let found = numberedReads(SourceFile(path: path, text: "\n" + code))
        #expect(found.isEmpty != isNumbered)
    }

    @Test func `the line of the read is reported`() {
        let file = SourceFile(
            path: "Sources/Store/Statements/X.swift", text: "a\nrow.text(0)\nb\nrow.id(1)")
        #expect(numberedReads(file) == [2, 4])
    }

    /// The numbers of the lines on which a row's column is read by number: a call, with an
    /// argument, of one of `Row`'s methods. `.text(…)` after nothing, or after `Value`, is a
    /// parameter.
    private func numberedReads(_ file: SourceFile) -> [Int] {
        let reads =
            #/
            (?<receiver> [\w)\]?] | [)\]]\s+ )
            \.(text|integer|blob|id|instant|date|month|choice|count|isNull)(OrNil)?
            \((?! \) | \w+: )
            /#
        let code = file.codeLines.joined(separator: "\n")
        return code.matches(of: reads).compactMap { match in
            let before = code[..<match.receiver.endIndex]
            if before.hasSuffix("Value") { return nil }
            return before.count { $0 == "\n" } + 1
        }
    }
}
