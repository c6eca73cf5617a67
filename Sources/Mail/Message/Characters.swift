extension UInt8 {
    /// RFC 5322, 3.2.3 `atext`.
    var isAtomText: Bool {
        isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains(self)
    }

    /// The characters of a host name's label (RFC 952, RFC 1123).
    var isHostName: Bool { isLetterOrDigit || self == UInt8(ascii: "-") }

    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// ASCII characters that are visible.
    var isPrintable: Bool { (0x21...0x7E).contains(self) }
}

extension String {
    /// Whether the text contains a control character of Unicode (CR, LF, NUL, DEL, C1 …) or a
    /// separator of lines or paragraphs.
    var hasControlCharacters: Bool { unicodeScalars.contains { $0.isControl || $0.isLineBreak } }
}

extension Unicode.Scalar {
    var isControl: Bool { properties.generalCategory == .control }

    var isLineBreak: Bool {
        switch self {
        case "\n", "\u{B}", "\u{C}", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }
}

/// Returns whether this is `http://…` or `https://…` with only the characters of URLs (RFC 3986,
/// 2), so that it can be put between angle brackets, in an attribute and on a line of text.
func isWebURL(_ text: String) -> Bool {
    guard
        let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }),
        text.utf8.count > scheme.utf8.count
    else { return false }
    return text.utf8.allSatisfy {
        $0.isLetterOrDigit || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains($0)
    }
}
