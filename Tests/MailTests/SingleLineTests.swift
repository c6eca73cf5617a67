import Mail
import Testing

@Suite struct SingleLineTests {
    @Test(arguments: [
        ("", ""), (" \n\t ", ""), ("Ann", "Ann"), ("  Ann  Lee ", "Ann Lee"),
        ("Ann\tLee", "Ann Lee"), ("a\r\n\r\nb", "a, b"), ("a\u{2028}b\u{85}c\u{B}d", "a, b, c, d"),
        ("\u{202E}A\u{2066}n\0n\u{1B}\u{200F}", "Ann"), ("a \0 b", "a b"),
        ("e\u{301}\u{A0}x", "e\u{301}\u{A0}x"),
    ])
    func `a text is put on one line`(text: String, line: String) {
        #expect(singleLine(text) == line)
    }

    @Test func `a name in a header keeps its words together`() {
        #expect(singleLine("Ann\nLee\r\nBcc: x", separator: " ") == "Ann Lee Bcc: x")
    }
}
