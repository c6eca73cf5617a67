/// What the CREATE statements of a migration say, read as text: tables with columns and
/// constraints, and indexes. It knows as much SQL as our own migrations use.
struct SchemaText {
    struct Table: Equatable {
        let name: String
        var columns: [Column] = []
        /// CHECK, UNIQUE and the like that stand on lines of their own.
        var constraints: [String] = []
        /// What follows the closing bracket.
        let options: String
    }

    struct Column: Equatable {
        let name: String
        let type: String
        /// Everything after name and type.
        let rules: String
    }

    private(set) var tables: [Table] = []
    /// Whole CREATE INDEX statements.
    private(set) var indexes: [String] = []
    /// What is neither.
    private(set) var others: [String] = []

    init(_ sql: String) {
        for statement in SchemaText.statements(of: sql) {
            if statement.hasPrefix("CREATE TABLE ") {
                tables.append(SchemaText.table(statement))
            } else if statement.hasPrefix("CREATE INDEX ")
                || statement.hasPrefix("CREATE UNIQUE INDEX ")
            {
                indexes.append(statement)
            } else {
                others.append(statement)
            }
        }
    }

    /// How often `word` stands in the definitions of tables.
    func count(_ word: String) -> Int {
        tables.reduce(0) { total, table in
            let texts = table.columns.map(\.rules) + table.constraints
            return total + texts.reduce(0) { $0 + $1.ranges(of: word).count }
        }
    }

    private static func statements(of sql: String) -> [String] {
        let code = sql.split(separator: "\n").filter { !$0.hasPrefix("--") }
        let words = code.joined(separator: " ").split(separator: " ")
        return words.joined(separator: " ").split(separator: ";").map {
            String($0.trimmingPrefix(" "))
        }.filter { !$0.isEmpty }
    }

    private static func table(_ statement: String) -> Table {
        let parts = statement.split(separator: " ", maxSplits: 3)
        let definition = String(parts[3])
        var depth = 0
        var items = [""]
        var rest = ""
        for (index, character) in definition.enumerated() {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0 {
                rest = String(definition.dropFirst(index + 1))
                break
            }
            if index == 0 { continue }
            if depth == 1, character == "," {
                items.append("")
            } else {
                items[items.count - 1].append(character)
            }
        }
        var table = Table(name: String(parts[2]), options: rest.trimmed)
        for item in items.map(\.trimmed) {
            let words = item.split(separator: " ", maxSplits: 2).map(String.init)
            if ["CHECK", "UNIQUE", "PRIMARY", "FOREIGN"].contains(words[0]) {
                table.constraints.append(item)
            } else {
                table.columns.append(
                    Column(name: words[0], type: words[1], rules: words.dropFirst(2).joined()))
            }
        }
        return table
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
