/// The schema that migrations make, read as text: tables with columns and constraints, and indexes.
/// It understands only the SQL of our own migrations: a table is created; or made anew beside the
/// former one, copied whole and renamed; or gets one more column, which may be filled; an index is
/// created or dropped.
struct SchemaText {
    struct Table: Equatable {
        var name: String
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
        var rules: String
    }

    private(set) var tables: [Table] = []
    /// Whole CREATE INDEX statements.
    private(set) var indexes: [String] = []
    /// Statements of any other kind.
    private(set) var others: [String] = []

    /// The schema after these migrations, first to last.
    init(_ migrations: String...) { self.init(migrations) }

    init(_ migrations: [String]) {
        for statement in migrations.flatMap(SchemaText.statements) { apply(statement) }
    }

    private mutating func apply(_ statement: String) {
        let words = statement.split(separator: " ").map(String.init)
        switch Array(words.prefix(2)) {
        case ["CREATE", "TABLE"]:
            let table = SchemaText.table(statement)
            if tables.contains(where: { $0.name == table.name }) { others.append(statement) }
            tables.append(table)
        case ["CREATE", "INDEX"], ["CREATE", "UNIQUE"]: indexes.append(statement)
        case ["INSERT", "INTO"] where words.dropFirst(3).starts(with: ["SELECT", "*", "FROM"]):
            // By position: both must have the same columns in the same order.
            let (new, old) = (columns(of: words[2]), columns(of: words[6]))
            if new == nil || new != old { others.append(statement) }
        case ["DROP", "TABLE"]:
            if columns(of: words[2]) == nil { others.append(statement) }
            tables.removeAll { $0.name == words[2] }
            indexes.removeAll { $0.contains(" ON \(words[2]) ") }
        case ["DROP", "INDEX"]:
            let kept = indexes.filter { !$0.contains(" INDEX \(words[2]) ON ") }
            if kept.count != indexes.count - 1 { others.append(statement) }
            indexes = kept
        // UPDATE fills a column that the same migration added.
        case _ where words.first == "UPDATE" && columns(of: words[1]) != nil: break
        // DELETE drops rows of a kind that programs of this schema do not know.
        case ["DELETE", "FROM"]
        where columns(of: words[2]) != nil
            && words.dropFirst(3).starts(with: ["WHERE", "kind", "="]):
            break
        case ["ALTER", "TABLE"] where words.dropFirst(3).starts(with: ["RENAME", "TO"]):
            rename(words[2], to: words[5])
        case ["ALTER", "TABLE"] where words.dropFirst(3).starts(with: ["ADD", "COLUMN"]):
            if !add(words.dropFirst(5).joined(separator: " "), to: words[2]) {
                others.append(statement)
            }
        default: others.append(statement)
        }
    }

    private func columns(of name: String) -> [String]? {
        tables.first { $0.name == name }?.columns.map(\.name)
    }

    /// Returns false and adds nothing if there is no such table, or if it has a column of that
    /// name.
    private mutating func add(_ definition: String, to name: String) -> Bool {
        let column = SchemaText.column(definition)
        guard let index = tables.firstIndex(where: { $0.name == name }),
            !tables[index].columns.contains(where: { $0.name == column.name })
        else { return false }
        tables[index].columns.append(column)
        return true
    }

    private mutating func rename(_ old: String, to new: String) {
        for index in tables.indices {
            if tables[index].name == old { tables[index].name = new }
            for column in tables[index].columns.indices {
                tables[index].columns[column].rules.replace(
                    "REFERENCES \(old) ", with: "REFERENCES \(new) ")
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
            let first = item.prefix { $0 != " " }
            if ["CHECK", "UNIQUE", "PRIMARY", "FOREIGN"].contains(first) {
                table.constraints.append(item)
            } else {
                table.columns.append(column(item))
            }
        }
        return table
    }

    private static func column(_ definition: String) -> Column {
        let words = definition.split(separator: " ", maxSplits: 2).map(String.init)
        return Column(name: words[0], type: words[1], rules: words.dropFirst(2).joined())
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
