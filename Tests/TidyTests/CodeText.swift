/// Returns the code of a Swift text: comments and the content of string literals become blanks,
/// while line ends, quotes and interpolated code stay.
func codeText(_ text: String) -> String {
    var scanner = CodeScanner(text)
    scanner.scanCode(isInterpolation: false)
    return String(decoding: scanner.code, as: UTF8.self)
}

private struct CodeScanner {
    private(set) var code: [UInt8] = []
    private let text: [UInt8]
    private var index = 0

    init(_ text: String) {
        self.text = Array(text.utf8)
        code.reserveCapacity(self.text.count)
    }

    /// Scans to the end, or up to the parenthesis that closes an interpolation.
    mutating func scanCode(isInterpolation: Bool) {
        var depth = 0
        while index < text.count {
            if !CodeScanner.marks.contains(text[index]) {
                keep(1)
            } else if isNext("//") {
                while index < text.count, text[index] != UInt8(ascii: "\n") { blank(1) }
            } else if isNext("/*") {
                scanBlockComment()
            } else if let hashes = hashesOfLiteral() {
                scanLiteral(hashes)
            } else {
                if isNext("(") { depth += 1 }
                if isNext(")") {
                    if isInterpolation && depth == 0 { return }
                    depth -= 1
                }
                keep(1)
            }
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if isNext("/*") {
                depth += 1
                blank(2)
            } else if isNext("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && index < text.count
    }

    /// How many `#` precede the quote of a literal that begins here; nil if none begins here.
    private func hashesOfLiteral() -> Int? {
        var end = index
        while end < text.count, text[end] == UInt8(ascii: "#") { end += 1 }
        return end < text.count && text[end] == UInt8(ascii: "\"") ? end - index : nil
    }

    private mutating func scanLiteral(_ hashes: Int) {
        keep(hashes)
        let quotes = isNext("\"\"\"") ? "\"\"\"" : "\""
        keep(quotes.utf8.count)
        let fence = String(repeating: "#", count: hashes)
        while index < text.count {
            if isNext(quotes + fence) { return keep(quotes.utf8.count + hashes) }
            if isNext("\\" + fence) {
                blank(1 + hashes)
                guard isNext("(") else {
                    blank(1)
                    continue
                }
                keep(1)
                scanCode(isInterpolation: true)
                keep(1)
            } else {
                blank(1)
            }
        }
    }

    /// The bytes at which more than one byte must be read.
    private static let marks = Set("/\"#()".utf8)

    private func isNext(_ word: String) -> Bool {
        text[index...].starts(with: word.utf8)
    }

    private mutating func keep(_ count: Int) {
        for _ in 0..<min(count, text.count - index) {
            code.append(text[index])
            index += 1
        }
    }

    private mutating func blank(_ count: Int) {
        for _ in 0..<min(count, text.count - index) {
            code.append(text[index] == UInt8(ascii: "\n") ? text[index] : UInt8(ascii: " "))
            index += 1
        }
    }
}
