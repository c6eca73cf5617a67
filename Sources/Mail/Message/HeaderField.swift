import Foundation

/// One header field: its name, and tokens between which a line may be folded.
struct HeaderField {
    let name: String
    let tokens: [String]

    init(_ name: String, _ tokens: [String]) {
        self.name = name
        self.tokens = tokens
    }

    /// The field with its line end, folded to lines of at most 76 bytes where its tokens allow.
    /// Never before the first token: some receivers take the fold for a part of the value.
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

    /// RFC 2047, 2 for lines with encoded words; RFC 5322 would allow 78.
    static let maximumLineBytes = 76
}

/// The tokens of a free text such as a subject: its words, or encoded words. `used` bytes of the
/// first line are taken.
func unstructuredTokens(_ text: String, after used: Int) -> [String] {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let isPlain = words.allSatisfy {
        !$0.isEmpty && $0.utf8.count <= longestPlainWordBytes && $0.utf8.allSatisfy(\.isPrintable)
    }
    // A plain text that looks like an encoded word would be decoded as one.
    return isPlain && !text.contains("=?") ? words : encodedWords(text, after: used)
}

/// The tokens of a display name (RFC 5322 `phrase`): atoms, a quoted string, or encoded words.
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

/// What is longer could not be folded decently, so it is encoded and split.
private let longestPlainWordBytes = 60

/// RFC 2047 encoded words in UTF-8 and base64, each at most 75 bytes, the first fitting a line of
/// which `used` bytes are taken by the field's name. Split between characters, so that each word
/// reads by itself; only a character too large for its word is split between its scalars.
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

/// Bytes of text in an encoded word of `lineBytes`: 12 are `=?UTF-8?B?` and `?=`, and four of
/// base64 hold three.
private func payloadBytes(lineBytes: Int) -> Int {
    (lineBytes - 12) / 4 * 3
}

private let largestPayloadBytes = payloadBytes(lineBytes: 75)
