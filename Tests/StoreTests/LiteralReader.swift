/// Finds the string literals of a Swift source. Interpolations are left out, but literals inside
/// them are kept in their place.
struct LiteralReader {
    private var rest: Substring

    static func literals(in source: String) -> [String] {
        var reader = LiteralReader(rest: source[...])
        var found: [String] = []
        reader.readCode(until: nil) { found.append($0) }
        return found
    }

    /// Reads code up to a closing bracket that was not opened in it, or to the end.
    private mutating func readCode(until end: Character?, each: (String) -> Void) {
        var depth = 0
        while let character = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { $0 != "\n" }
            } else if character == "\"" {
                each(readLiteral())
            } else {
                rest.removeFirst()
                if character == "(" { depth += 1 }
                if character == ")" {
                    if depth == 0, end == ")" { return }
                    depth -= 1
                }
            }
        }
    }

    private mutating func readLiteral() -> String {
        let mark = rest.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
        rest.removeFirst(mark.count)
        var text = ""
        while let character = rest.first, !rest.hasPrefix(mark) {
            rest.removeFirst()
            guard character == "\\" else {
                text.append(character)
                continue
            }
            if rest.first == "(" {
                rest.removeFirst()
                readCode(until: ")") { text += $0 + " " }
            } else if let escaped = rest.popFirst() {
                text.append(escaped)
            }
        }
        rest = rest.dropFirst(mark.count)
        return text
    }
}
