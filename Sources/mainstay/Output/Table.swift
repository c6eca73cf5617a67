import Foundation
import Pledging

/// Aligned text for people.
enum Table {
    /// Returns the members of an object below each other; nested amounts as `5.00 USD`.
    static func members(of value: JSON, indent: String = "") -> String {
        guard case .object(let members) = value else { return indent + value.text + "\n" }
        let width = members.map(\.name.count).max() ?? 0
        return members.map { member in
            let name = member.name.replacing("_", with: " ")
            if isNested(member.value) {
                return "\(indent)\(name)\n" + Table.members(of: member.value, indent: indent + "  ")
            }
            let space = String(repeating: " ", count: width - member.name.count + 2)
            return "\(indent)\(name)\(space)\(cell(member.value))\n"
        }.joined()
    }

    /// Whether it has members of its own and is not an amount.
    private static func isNested(_ value: JSON) -> Bool {
        guard case .object(let members) = value else { return false }
        return !members.isEmpty && value["currency"] == nil
    }

    /// A value as a person reads it.
    static func cell(_ value: JSON?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): printable(text)
        case .integer(let number): String(number)
        case .bool(let flag): flag ? "yes" : "no"
        case .object([]): "none"
        case .object(let members):
            if case .string(let amount) = value?["amount"],
                case .string(let currency) = value?["currency"]
            {
                "\(amount) \(currency)"
            } else {
                members.map(words).joined(separator: ", ")
            }
        case .array([]): "none"
        case .array(let values): values.map { cell($0) }.joined(separator: ", ")
        case .encoded(let text): (try? JSON(reading: Array(text.utf8))).map { cell($0) } ?? text
        }
    }

    /// `queued 41`; `charged (succeeded 3, declined 1)`.
    private static func words(_ member: JSON.Member) -> String {
        let name = member.name.replacing("_", with: " ")
        let value = cell(member.value)
        return isNested(member.value) ? "\(name) (\(value))" : "\(name) \(value)"
    }

    /// Replaces control characters by `�`, because they could move the cursor or change colours.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        let lines = text.split(whereSeparator: \.isNewline).joined(separator: ", ")
        return String(
            String.UnicodeScalarView(lines.unicodeScalars.map { isControl($0) ? "�" : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default:
            (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        }
    }

    static func row(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            line += cell
            guard index < cells.count - 1 else { break }
            line += String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(cell)) + 2)
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}

/// Prints a list as it comes. The first rows decide how wide the columns are, so that a list of any
/// length needs no more memory than those.
struct ListPrinter: ~Copyable {
    private let isJSON: Bool
    private let columns: [String]
    private let output: OutputStream
    private var waiting: [[String]] = []
    private var widths: [Int] = []
    private(set) var count = 0

    init(isJSON: Bool, columns: [String], output: OutputStream) {
        self.isJSON = isJSON
        self.columns = columns
        self.output = output
    }

    mutating func add(_ value: JSON) throws {
        count += 1
        if isJSON { return try output.write(value.text + "\n") }
        try add(columns.map { Table.cell(value[$0]) })
    }

    /// Adds a row whose cells are made already.
    mutating func add(_ cells: [String]) throws {
        guard widths.isEmpty else { return try output.write(Table.row(cells, widths)) }
        waiting.append(cells)
        if waiting.count == ListPrinter.sampleRows { try settle() }
    }

    mutating func finish() throws {
        if !isJSON, widths.isEmpty { try settle() }
        try output.flush()
    }

    private mutating func settle() throws {
        let heads = columns.map { $0.replacing("_", with: " ").uppercased() }
        widths = heads.map(DisplayWidth.of)
        for cells in waiting {
            for (index, cell) in cells.enumerated() {
                widths[index] = max(widths[index], DisplayWidth.of(cell))
            }
        }
        if !waiting.isEmpty { try output.write(Table.row(heads, widths)) }
        for cells in waiting { try output.write(Table.row(cells, widths)) }
        waiting = []
    }

    private static let sampleRows = 200
}
