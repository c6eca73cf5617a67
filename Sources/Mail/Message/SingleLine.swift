/// Returns the text on one line, so that no value can begin a paragraph or a header. Lines are
/// joined by `separator`; spaces and tabs in a row become one space; other control characters and
/// characters that change the direction of writing are removed. Empty if nothing remains.
package func singleLine(_ text: String, separator: String = ", ") -> String {
    text.unicodeScalars.split(whereSeparator: \.isLineBreak)
        .map { line in
            line.split { $0 == " " || $0 == "\t" }
                .map { word in
                    let kept = word.filter { !$0.isControl && !$0.properties.isBidiControl }
                    return String(String.UnicodeScalarView(kept))
                }
                .filter { !$0.isEmpty }
                .joined(separator: " ").trimmed
        }
        .filter { !$0.isEmpty }
        .joined(separator: separator)
}

extension String {
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
