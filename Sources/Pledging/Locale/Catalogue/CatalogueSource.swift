/// One text of a catalogue's source.
struct CatalogueEntry: Hashable, Sendable {
    let key: String
    let text: TextPattern
    /// The line of its key, from 1.
    let line: Int
}

/// Reads the source of a catalogue, text by text:
///
///     # A comment has a line of its own.
///     page.stop = Stop this donation
///     status.next = next payment on {day}
///     risk.refused =
///         A long text takes several lines. They are indented,
///         and joined by a space.
///
/// `{nbsp}` is a no-break space. Throws `malformed` for any other line, an empty text, and a
/// repeated key. A BOM is skipped; CRLF counts as LF.
func catalogueEntries(
    _ source: String, file: String
) throws(CatalogueError) -> [CatalogueEntry] {
    var reader = CatalogueReader(file: file)
    let mark = "\u{FEFF}".utf8
    let text = source.utf8.dropFirst(source.utf8.starts(with: mark) ? mark.count : 0)
    for line in text.split(separator: lineFeed, omittingEmptySubsequences: false) {
        try reader.read(Substring(line.last == carriageReturn ? line.dropLast() : line))
    }
    return try reader.finish()
}

private struct CatalogueReader {
    let file: String
    private var entries: [CatalogueEntry] = []
    private var lineOfKey: [String: Int] = [:]
    private var number = 0
    /// The text that the next indented line continues.
    private var open: (key: String, text: TextPattern, line: Int)?

    init(file: String) { self.file = file }

    mutating func read(_ line: Substring) throws(CatalogueError) {
        number += 1
        guard !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw malformed("the line contains a control character; indent with spaces")
        }
        let content = trimmed(line)
        if content.isEmpty || line.utf8.first == numberSign {
            try close()
        } else if line.utf8.first == space {
            try add(content)
        } else {
            try close()
            try begin(line)
        }
    }

    mutating func finish() throws(CatalogueError) -> [CatalogueEntry] {
        try close()
        return entries
    }

    private mutating func begin(_ line: Substring) throws(CatalogueError) {
        guard let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw malformed("write 'key = text', or begin a comment with '#'")
        }
        let key = String(trimmed(line[..<equals]))
        guard !key.isEmpty, key.utf8.allSatisfy(isPartOfKey) else {
            throw malformed("a key may contain only ASCII letters, digits, '.' and '_'")
        }
        if let earlier = lineOfKey[key] {
            throw malformed("the key '\(key)' is on line \(earlier) already")
        }
        lineOfKey[key] = number
        open = (key, TextPattern(), number)
        let text = trimmed(line[line.utf8.index(after: equals)...])
        if !text.isEmpty { try add(text) }
    }

    /// Adds a line to the open text.
    private mutating func add(_ content: Substring) throws(CatalogueError) {
        guard content.utf8.first != numberSign else {
            throw malformed("a comment must be on a line of its own that begins with '#'")
        }
        guard var text = open else {
            throw malformed("an indented line continues a text, but there is no text above it")
        }
        do throws(TextPattern.Malformed) {
            try text.text.append(line: content)
        } catch {
            throw malformed(error.problem)
        }
        open = text
    }

    private mutating func close() throws(CatalogueError) {
        guard let (key, text, line) = open else { return }
        guard !text.isEmpty else {
            throw .malformed(file: file, line: line, problem: "there is no text after '='")
        }
        entries.append(CatalogueEntry(key: key, text: text, line: line))
        open = nil
    }

    private func malformed(_ problem: String) -> CatalogueError {
        .malformed(file: file, line: number, problem: problem)
    }
}

private func isPartOfKey(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"):
        true
    default: false
    }
}

/// Returns `text` without spaces at its ends.
private func trimmed(_ text: Substring) -> Substring {
    let start = text.utf8.drop { $0 == space }
    guard let last = start.lastIndex(where: { $0 != space }) else { return "" }
    return Substring(start[...last])
}

// Bytes, because every command reads the catalogues when it starts, and characters are slower.
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let space = UInt8(ascii: " ")
private let numberSign = UInt8(ascii: "#")
