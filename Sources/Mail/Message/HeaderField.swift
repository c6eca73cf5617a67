import Foundation

/// One header field: its name, and tokens between which it may be folded.
struct HeaderField {
    let name: String
    let tokens: [String]

    init(_ name: String, _ tokens: [String]) {
        self.name = name
        self.tokens = tokens
    }

    /// The field with its line end, folded to lines of at most 76 bytes if its tokens allow. It is
    /// never folded before the first token, because some receivers take that fold for a part of the
    /// value.
    var rendered: String {
        var lines = ""
        var line = "\(name):"
        for (index, token) in tokens.enumerated() {
            let isTooLong =
                line.utf8.count + 1 + token.utf8.count > HeaderField.maximumLineBytes
            if isTooLong && index > 0 {
                lines += line + "\r\n"
                line = ""
            }
            line += " " + token
        }
        return lines + line + "\r\n"
    }

    /// The limit of RFC 2047, 2, for lines with encoded words; RFC 5322 would allow 78.
    static let maximumLineBytes = 76
}

/// Returns the tokens of a free text such as a subject: its words, or encoded words. `used` bytes
/// of the first line are taken.
func unstructuredTokens(_ text: String, after used: Int) -> [String] {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let isPlain = words.allSatisfy {
        !$0.isEmpty && $0.utf8.count <= longestPlainWordBytes && $0.utf8.allSatisfy(\.isPrintable)
    }
    // A plain text that looks like an encoded word would be decoded as one.
    return isPlain && !text.contains("=?") ? words : encodedWords(text, after: used)
}

/// Returns the tokens of a display name (RFC 5322 `phrase`): atoms, a quoted string, or encoded
/// words.
func phraseTokens(_ name: String, after used: Int) -> [String] {
    let words = name.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if name.contains("=?") { return encodedWords(name, after: used) }
    if words.allSatisfy({
        !$0.isEmpty && $0.utf8.count <= longestPlainWordBytes && $0.utf8.allSatisfy(\.isAtomText)
    }) {
        return words
    }
    let isPrintable = name.utf8.allSatisfy { $0.isPrintable || $0 == UInt8(ascii: " ") }
    guard isPrintable, name.utf8.count <= longestPlainWordBytes else {
        return encodedWords(name, after: used)
    }
    let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return ["\"\(escaped)\""]
}

/// Longer words could not be folded well, so they are encoded and split.
private let longestPlainWordBytes = 60

/// Returns RFC 2047 encoded words in UTF-8 and base64, each of at most 75 bytes; the first fits a
/// line of which the field's name takes `used` bytes. The text is split between characters, so that
/// each word can be read alone; only a character too large for one word is split between its
/// scalars.
func encodedWords(_ text: String, after used: Int) -> [String] {
    var words: [String] = []
    var room = payloadBytes(lineBytes: HeaderField.maximumLineBytes - used)
    var word: [UInt8] = []
    func finish() {
        guard !word.isEmpty else { return }
        words.append("=?UTF-8?B?\(Data(word).base64EncodedString())?=")
        word = []
        room = largestPayloadBytes
    }
    for character in text {
        let bytes = Array(String(character).utf8)
        let largest = word.isEmpty ? room : largestPayloadBytes
        let pieces =
            bytes.count <= largest
            ? [bytes] : character.unicodeScalars.map { Array(String($0).utf8) }
        for piece in pieces {
            if word.count + piece.count > room { finish() }
            word += piece
        }
    }
    finish()
    return words
}

/// Returns how many bytes of text fit in an encoded word of `lineBytes`: 12 bytes are `=?UTF-8?B?`
/// and `?=`, and four bytes of base64 encode three.
private func payloadBytes(lineBytes: Int) -> Int {
    (lineBytes - 12) / 4 * 3
}

private let largestPayloadBytes = payloadBytes(lineBytes: 75)
