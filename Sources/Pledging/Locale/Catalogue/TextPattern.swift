/// A text in which `{name}` stands for a value.
struct TextPattern: Hashable, Sendable {
    private enum Piece: Hashable, Sendable {
        case literal(String)
        case placeholder(String)
    }

    /// Why a line is not such a text.
    struct Malformed: Error { let problem: String }

    private var pieces: [Piece] = []

    init() {}
    init(literal: String) { pieces = [.literal(literal)] }

    var isEmpty: Bool { pieces.isEmpty }

    var placeholders: Set<String> {
        var names: Set<String> = []
        for case .placeholder(let name) in pieces { names.insert(name) }
        return names
    }

    /// The text with the value of each placeholder.
    func filled(_ value: (String) -> String) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .placeholder(let name): text += value(name)
            }
        }
        return text
    }

    /// Adds a line, after a space if it is not the first. Throws if braces are not in pairs or do
    /// not enclose a name.
    mutating func append(line: Substring) throws(Malformed) {
        if !isEmpty { add(" ") }
        var rest = line
        while let brace = rest.utf8.firstIndex(where: { $0 == opening || $0 == closing }) {
            if brace > rest.startIndex { add(String(rest[..<brace])) }
            guard rest.utf8[brace] == opening, let end = rest[brace...].utf8.firstIndex(of: closing)
            else {
                throw Malformed(
                    problem: "braces must enclose the name of a placeholder, like {amount}")
            }
            let name = rest[rest.utf8.index(after: brace)..<end]
            guard !name.isEmpty, name.allSatisfy({ $0.isASCII && $0.isLetter }) else {
                throw Malformed(problem: "{\(name)} is not the name of a placeholder")
            }
            if let character = TextPattern.characters[String(name)] {
                add(character)
            } else {
                pieces.append(.placeholder(String(name)))
            }
            rest = rest[rest.utf8.index(after: end)...]
        }
        if !rest.isEmpty { add(String(rest)) }
    }

    private mutating func add(_ text: String) {
        if case .literal(let last) = pieces.last {
            pieces[pieces.count - 1] = .literal(last + text)
        } else {
            pieces.append(.literal(text))
        }
    }

    /// Names of characters that look like others, or would be cut off at the end of a line.
    private static let characters = ["nbsp": "\u{A0}"]
}

private let opening = UInt8(ascii: "{")
private let closing = UInt8(ascii: "}")
